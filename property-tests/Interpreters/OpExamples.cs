using System.Reflection;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>At least one program for each op, on small integers, so that sums and products are exact in f32.</summary>
internal static class OpExamples
{
    /// <summary>Programs by name, for an element type.</summary>
    public static IEnumerable<(string Name, Func<Expr[], Expr> Program, TensorType[] Inputs)> Of(DType t)
    {
        TensorType T(params int[] dims) => new(t, Shape.Of(dims));
        TensorType I(params int[] dims) => TensorType.I32(dims);
        WindowDim[] windows = [new(2), new(3, 2, 1, 1), new(2, 1, 0, 1, 2), new(2, 2, 1, 0, 1, 2), new(3, 1, -1, 2)];

        yield return ("constant + iota", x => x[0] + iota(T(3, 4), 1) + constant(3, t), [T(3, 4)]);
        yield return ("iota of axis 0", x => iota(T(3, 2, 2), 0) + x[0], [T(2)]);
        foreach (var shape in new int[][] { [], [5], [0, 3], [3, 1, 700], [2, 3, 4, 1, 2, 1, 2, 2] })
            yield return ($"a tree over {shape.Length} axes", x => (x[0] + x[1]) * x[0] - where(less(x[0], x[1]), x[1], 2), [T(shape), T(shape)]);
        yield return ("broadcasts of rows, columns and channels", x => x[0] * x[1] + x[2] - x[3], [T(2, 3, 5), T(5), T(3, 1), T(2, 1, 1)]);
        yield return ("a broadcast of outer and inner axes", x => x[0] * broadcast(x[1], [2, 3, 5], [0, 2]), [T(2, 3, 5), T(2, 5)]);
        yield return ("a broadcast that is the result", x => broadcast(x[0], [2, 3, 4], [1]), [T(3)]);
        yield return ("reshape", x => reshape(x[0], 4, -1) + 1, [T(2, 6)]);
        yield return ("permute", x => permute(x[0], [2, 0, 1]), [T(2, 3, 4)]);
        yield return ("reverse", x => reverse(x[0], [0, 2]), [T(2, 3, 4)]);
        yield return ("slice", x => slice(x[0], [1, 0, 1], [4, 3, 4], [2, 1, 3]), [T(5, 3, 4)]);
        foreach (var d in new PadDim[] { new(1, 2), new(-1, 2), new(2, -1, 1), new(-2, -1, 2), new(0, 0, 3) })
            yield return ($"pad {d}", x => pad(x[0], [d, d]), [T(4, 3)]);
        yield return ("concat", x => concat(1, x[0], x[1], x[0]), [T(2, 3), T(2, 1)]);
        yield return ("convert", x => convert(convert(x[0], DType.I32) + 1, t), [T(7)]);
        foreach (var axes in new int[][] { [0], [1], [2], [0, 2], [0, 1, 2] })
            yield return ($"sum over {string.Join(",", axes)}", x => sum(x[0], Axes.Of(axes)), [T(3, 130, 5)]);
        yield return ("channels of a batch without what they sum to", x => x[0] * 2 - broadcast(sum(x[0] - 1, [0, 2]) + x[1], x[0].Shape, [1]), [T(3, 9, 11), T(9)]);
        yield return ("channels of a batch and sums in doubles", x => x[0] * 2 - broadcast(convert(sum(convert(x[0], DType.F64), [0, 2]), t) + x[1], x[0].Shape, [1]), [T(3, 9, 11), T(9)]);
        yield return ("a long sum", x => sum(x[0]), [T(20_001)]);
        yield return ("an empty sum", x => sum(x[0], 0), [T(0, 3)]);
        foreach (var reversed in new[] { false, true })
            yield return ($"cumulative sum, reversed {reversed}", x => cumulativeSum(x[0], 1, reversed), [T(2, 5, 3)]);
        foreach (var w in windows)
        {
            yield return ($"window sum {w}", x => windowSum(x[0], [w, new(2)]), [T(2, 6, 5)]);
            yield return ($"window arg max {w}", x => windowArgMax(x[0], [w, new(2, 2)]), [T(2, 6, 5)]);
            yield return ($"window max {w}", x => windowMax(x[0], [w]), [T(2, 6)]);
            yield return ($"conv {w}", x => conv(x[0], x[1], [w, new(2, 1, 1, 0)]), [T(2, 3, 6, 18), T(5, 3, w.Size, 2)]);
            yield return ($"conv in feature groups {w}", x => conv(x[0], x[1], [w, w], 2), [T(2, 4, 6, 5), T(6, 2, w.Size, w.Size)]);
            yield return ($"conv in batch groups {w}", x => conv(x[0], x[1], [w], 1, 2), [T(4, 3, 6), T(4, 3, w.Size)]);
            yield return ($"conv of permuted operands {w}", x => conv(permute(x[0], [1, 0, 2]), permute(x[1], [1, 0, 2]), [w]), [T(3, 2, 6), T(3, 5, w.Size)]);
        }
        yield return ("conv without spatial axes", x => conv(x[0], x[1], []), [T(4, 3), T(5, 3)]);
        yield return ("gather rows", x => gather(x[0], x[1], 1), [T(3, 4, 2), I(2, 5)]);
        yield return ("gather in batches", x => gather(x[0], x[1], 2, 1), [T(3, 2, 4), I(3, 5)]);
        yield return ("scatter-add", x => scatterAdd(x[0], x[1], 4, 1), [T(3, 5, 2), I(5)]);
        yield return ("scatter-add in batches", x => scatterAdd(x[0], x[1], 4, 2, 1), [T(3, 2, 5), I(3, 5)]);
        yield return ("dynamic slice", x => dynamicSlice(x[0], x[1], [2, 3]), [T(4, 5), I(2)]);
        yield return ("dynamic update slice", x => dynamicUpdateSlice(x[0], x[1], x[2]), [T(4, 5), T(2, 3), I(2)]);
        yield return ("all-reduce and barrier", x => barrier(allReduce(x[0], "data"), "a") * 2, [T(3)]);
        foreach (var (m, k, n) in new[] { (1, 1, 1), (7, 5, 33), (13, 300, 17), (6, 0, 4), (0, 3, 2), (64, 64, 64) })
            yield return ($"matmul {m}×{k}×{n}", x => matmul(x[0], x[1]), [T(m, k), T(k, n)]);
        if (t == DType.F32)
            foreach (var precision in new[] { Precision.BF16, Precision.F16 })
            {
                yield return ($"matmul of factors in {precision}", x => dot(x[0], x[1], [], [], 1, 0, precision) + 1, [T(33, 40), T(40, 17)]);
                yield return ($"conv of factors in {precision}", x => conv(x[0], x[1], [new(3, 1, 1, 1), new(2)], precision: precision), [T(2, 3, 6, 5), T(5, 3, 3, 2)]);
            }
        yield return ("dot of permuted operands", x => dot(permute(x[0], [1, 0]), permute(x[1], [1, 0]), [], [], 1, 0), [T(5, 7), T(20, 5)]);
        yield return ("dot in batches", x => dot(x[0], x[1], [1], [0], [0, 3], [2, 1]), [T(3, 2, 4, 5), T(2, 5, 3, 6)]);
        yield return ("arg max", x => argmax(x[0], 1), [T(3, 7, 2)]);
        yield return ("arg min", x => argmin(x[0], 0), [T(3, 7)]);
        yield return ("argsort", x => argsort(x[0], 1), [T(3, 9, 2)]);
        yield return ("argsort, descending", x => argsort(x[0], 0, descending: true), [T(9)]);
        yield return ("random bits", x => convert(randomBits(split(key(7), 3), [2, 5]), t) + x[0], [T(5)]);
        yield return ("random bits, 64", x => convert(randomBits(key(7), [5], DType.I64), t) + x[0], [T(5)]);
        yield return ("a call", x => call(Function.Trace(a => [a[0] + 1, a[0] * a[1]], ("a", T(3)), ("b", T(3))), x[0], x[1])[1], [T(3), T(3)]);
        yield return ("a tap", x => tap(x[0] + 1, "look") * 2, [T(3)]);
        yield return ("a composite", x => composite("square", a => a[0] * a[0], x[0]), [T(3)]);
        yield return ("a checkpoint", x => checkpointName(checkpoint(v => checkpointName(v * v, "square") + v, CheckpointPolicy.DotsSaveable)(x[0]), "value"), [T(3)]);
        yield return ("a barrier that waits", x => barrier(x[0], "late", x[1] * x[1]) + x[1], [T(3), T(3)]);
        yield return ("a custom vjp", x => customVjp(a => [a[0] * 2], (_, _, ct) => ct, x[0])[0], [T(3)]);
        foreach (var n in new[] { 0, 1, 5 })
        {
            yield return ($"a scan of {n} steps, its carry", x => scan<Expr, Expr, Expr>((c, v) => (c + v * x[2], c), x[0], x[1]).Carry, [T(3), T(n, 3), T()]);
            yield return ($"a scan of {n} steps downwards, its outputs", x => scan<(Expr, Expr), Expr, (Expr, Expr)>((c, v) => ((c.Item2, c.Item1 + v), (v, c.Item2)), (x[0], x[0]), x[1], reverse: true).Ys.Item2, [T(3), T(n, 3)]);
        }
        yield return ("a scan whose outputs are a constant, a slice and the carry before", x => scan<Expr, Expr, (Expr, Expr, Expr)>((c, v) => (v, (ones(T(2)), v, c)), x[0], x[1]).Ys is var (a, b, c) ? concat(1, a, b, c) : x[0], [T(3), T(4, 3)]);
        yield return ("a while", x => whileLoop<(Expr V, Expr N)>(c => less(c.N, x[1]), c => (c.V + x[0], c.N + 1), (x[0], constant(-1, DType.I32)), 3).V, [T(3), I()]);
        yield return ("a switch", x => switchCase<Expr, Expr>(x[1], x[0], v => v + v, v => v, v => v * v), [T(3), I()]);
        yield return ("a cond in a scan", x => scan<Expr, Expr, ValueTuple>((c, v) => (cond<(Expr, Expr), Expr>(less(sum(v), sum(c)), p => p.Item1 + p.Item2, p => p.Item2, (c, v)), default), x[0], x[1]).Carry, [T(3), T(6, 3)]);
        yield return ("a custom jvp", x => customJvp(a => [a[0] * 2], (_, d) => d, x[0])[0], [T(3)]);
    }

    /// <summary>One program for each elementwise function of one family, found by reflection.</summary>
    public static IEnumerable<(string Name, Func<Expr[], Expr> Program, TensorType[] Inputs)> Functions(DType t)
    {
        foreach (var f in typeof(Functions).GetNestedTypes())
        {
            var (family, arity, accepts) =
                typeof(IFloatUnary).IsAssignableFrom(f) ? (typeof(FloatUnary<>), 1, t.IsFloat)
                : typeof(INumberUnary).IsAssignableFrom(f) ? (typeof(NumberUnary<>), 1, t.IsNumber)
                : typeof(IFloatBinary).IsAssignableFrom(f) ? (typeof(FloatBinary<>), 2, t.IsFloat)
                : typeof(INumberBinary).IsAssignableFrom(f) ? (typeof(NumberBinary<>), 2, t.IsNumber)
                : typeof(IBitwise).IsAssignableFrom(f)
                    ? (typeof(Bitwise<>), 2, t.IsInteger || (t == DType.Bool && (bool)f.GetProperty("AcceptsBool", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!))
                : (typeof(Functional.Comparison<>), 2, true);
            if (accepts)
                yield return (f.Name, x => Expr.Of((Op)Activator.CreateInstance(family.MakeGenericType(f), [.. x])!), [.. Enumerable.Repeat(new TensorType(t, [37]), arity)]);
        }
    }

    /// <summary>Small integers, some of them negative where the type has such.</summary>
    public static Tensor Small(TensorType type, Random random) =>
        Values.Of(type, () => random.Next(type.DType is DType.U8 or DType.Bool ? 0 : -3, type.DType == DType.Bool ? 2 : 5));

    /// <summary>What stands at the edges of floating-point arithmetic, subnormal numbers too: each of them, where there is room.</summary>
    public static Tensor Corners(TensorType type, Random random)
    {
        double[] corners = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.0, -0.0, 1, -1, 0.5, -0.5, 1e-30, -1e-30, 1e30, -1e30, 2, 3, 1e-40, -1e-40, double.Epsilon, -double.Epsilon, 1e-310, double.MaxValue, float.MaxValue, 65504, 65519, 65520, 6e-8, -3e-8, 1e-7];
        random.Shuffle(corners);
        var values = Enumerable.Range(0, (int)type.Shape.Size).Select(i => corners[i < corners.Length ? i : random.Next(corners.Length)]);
        return Values.Of(type, [.. values]);
    }
}
