using static Functional.Prelude;

namespace Functional;

/// <remarks>
/// Operators broadcast as NumPy does, and lower it to explicit <see cref="Broadcast"/> nodes. A plain number takes the other side's element type.
/// </remarks>
public sealed partial class Expr
{
    /// <summary>Element-wise sum.</summary>
    public static Expr operator +(Expr x, Expr y) => add(x, y);

    /// <summary>Element-wise sum with a number.</summary>
    public static Expr operator +(Expr x, double y) => add(x, Like(x, y));

    /// <summary>Element-wise sum with a number.</summary>
    public static Expr operator +(double x, Expr y) => add(Like(y, x), y);

    /// <summary>Element-wise difference.</summary>
    public static Expr operator -(Expr x, Expr y) => sub(x, y);

    /// <summary>Element-wise difference with a number.</summary>
    public static Expr operator -(Expr x, double y) => sub(x, Like(x, y));

    /// <summary>Element-wise difference with a number.</summary>
    public static Expr operator -(double x, Expr y) => sub(Like(y, x), y);

    /// <summary>Element-wise product.</summary>
    public static Expr operator *(Expr x, Expr y) => mul(x, y);

    /// <summary>Element-wise product with a number.</summary>
    public static Expr operator *(Expr x, double y) => mul(x, Like(x, y));

    /// <summary>Element-wise product with a number.</summary>
    public static Expr operator *(double x, Expr y) => mul(Like(y, x), y);

    /// <summary>Element-wise quotient; integers truncate towards zero.</summary>
    public static Expr operator /(Expr x, Expr y) => div(x, y);

    /// <summary>Element-wise quotient by a number.</summary>
    public static Expr operator /(Expr x, double y) => div(x, Like(x, y));

    /// <summary>Element-wise quotient of a number.</summary>
    public static Expr operator /(double x, Expr y) => div(Like(y, x), y);

    /// <summary>Element-wise negation.</summary>
    public static Expr operator -(Expr x) => neg(x);

    private static Expr Like(Expr x, double value) => constant(value, x.DType);
}
