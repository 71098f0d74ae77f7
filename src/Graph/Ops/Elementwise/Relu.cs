using System.Numerics;
using static Functional.Prelude;

namespace Functional;

public static partial class Functions
{
    /// <summary>max(x, 0).</summary>
    public readonly struct Relu : INumberUnary
    {
        /// <inheritdoc/>
        public static string Name => "relu";

        /// <inheritdoc/>
        public static T Apply<T>(T x) where T : INumber<T> => x > T.Zero || T.IsNaN(x) ? x : T.Zero;

        /// <inheritdoc/>
        public static Vector<T> Apply<T>(Vector<T> x) where T : INumber<T> => Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<T>.Zero), Vector<T>.Zero, x);

        /// <inheritdoc/>
        public static Expr? Chain(Expr t, Expr x, Expr y) => where(greater(x, zerosLike(x)), t, zerosLike(t));
    }
}

public static partial class Prelude
{
    /// <summary>The rectifier y = max(x, 0), dy = dx where x &gt; 0 and 0 elsewhere, also at 0. NaN stays NaN.</summary>
    public static Expr relu(Expr x) => Expr.Of(new NumberUnary<Functions.Relu>(x));
}
