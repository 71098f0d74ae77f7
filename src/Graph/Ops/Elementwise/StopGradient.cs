using System.Numerics;

namespace Functional;

public static partial class Functions
{
    /// <summary>x, with derivative zero.</summary>
    public readonly struct StopGradient : INumberUnary
    {
        /// <inheritdoc/>
        public static string Name => "stopGradient";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : INumber<T> => x;

        /// <inheritdoc/>
        public static Vector<T> Apply<T>(Vector<T> x) where T : INumber<T> => x;

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => null;
    }
}

public static partial class Prelude
{
    /// <summary>x itself, which differentiation takes for a constant.</summary>
    public static Expr stopGradient(Expr x) => Expr.Of(new NumberUnary<Functions.StopGradient>(x));
}
