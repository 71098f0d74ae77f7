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
        public static Expr? Chain(Expr t, Expr x, Expr y) => where(greater(y, zerosLike(y)), t, zerosLike(t));
    }
}

public static partial class Prelude
{
    /// <summary>The rectifier y = max(x, 0), dy = dx where y &gt; 0, so that x need not be kept, and 0 elsewhere, also at 0. NaN stays NaN.</summary>
    public static Expr relu(Expr x) => Expr.Of(new NumberUnary<Functions.Relu>(x));
}
