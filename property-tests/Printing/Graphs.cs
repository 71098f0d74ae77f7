using System.Collections.Immutable;
using Functional;
using static Functional.Prelude;

namespace PropertyTests.Printing;

/// <summary>The graphs whose printed forms are kept.</summary>
internal static class Graphs
{
    public static Function Lecture => Scalars(["x", "y", "z"], a => [(a[0] + a[1]) * (a[0] + a[2])]);

    public static Function LectureGradient => Scalars(["x", "y", "z"], a =>
    {
        var (dx, dy, dz) = simplify(grad((x, y, z) => (x + y) * (x + z))(a[0], a[1], a[2]));
        return [dx, dy, dz];
    });

    public static Function Network => Function.Trace(
        a =>
        {
            var h = relu(matmul(a[0], a[1]) + a[2]);
            var e = exp(h - max(h, 1, keepDims: true));
            return [sum(log(e / sum(e, 1, keepDims: true)) * 0.5)];
        },
        ("x", TensorType.F32(4, 3)), ("dense/weight", TensorType.F32(3, 2)), ("dense/bias", TensorType.F32(2)));

    public static Function Signs => Scalars(["x", "y"], a =>
    {
        var (x, y) = (a[0], a[1]);
        return [x - (y - 1), x - y - 1, -x * -y, -(x + y) / (x / y), x + -2 * y, where(less(x, y), pow(x, y), sqrt(abs(x))), x * x / 3];
    });

    public static Function Scalars(ImmutableArray<string> names, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> f) =>
        Function.Trace(f, [.. names.Select(n => (n, TensorType.F32()))]);
}
