namespace Functional.Interpreter;

/// <summary>
/// A value as it lies in the memory of another, its root: element i is at Start + Σ i_d · Strides_d. So products read permutations and reversals
/// that nothing else reads without a copy, and dots of many rows and columns conversions from f16 and bf16, for they copy what they read; convolutions,
/// too, where the interpreter says so.
/// </summary>
/// <param name="Root">The value whose memory it is.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Strides">From each element to the next along each axis.</param>
/// <param name="Start">Where the first element is.</param>
public readonly record struct Strided(Expr Root, Shape Shape, ValueArray<long> Strides, long Start)
{
    /// <summary>How a value lies.</summary>
    /// <param name="x">The value.</param>
    /// <param name="isVirtual">Whether a node has no memory of its own. See <see cref="Plan.IsVirtual"/>.</param>
    public static Strided Of(Expr x, Func<Expr, bool> isVirtual) => Of(Chain(x, isVirtual), out _)!.Value;

    /// <summary>Where each index of some axes, flattened, begins.</summary>
    public long[] Offsets(Axes axes)
    {
        var (shape, offsets, at) = (Shape.Pick(axes), new long[checked((int)Shape.Pick(axes).Size)], 0);
        foreach (var index in Indices.Of(shape))
        {
            for (var i = 0; i < index.Length; i++) offsets[at] += index[i] * Strides[axes[i]];
            at++;
        }
        return offsets;
    }

    private const int FewRows = 8;

    private static bool IsWidening(Expr x) => x.Op is Convert { X.DType.IsHalf: true, To: DType.F32 };

    /// <summary>Whether a product copies its operands whatever their element type.</summary>
    private static bool Converts(Expr node, bool convolutions) => node.Op is Conv ? convolutions : node.Op is Dot d && d.X.Shape.Pick(d.FreeX).Size >= FewRows && d.Y.Shape.Pick(d.FreeY).Size >= FewRows;

    /// <summary>The permutations, reversals and conversions that only products read, directly or through each other and reshapes, and that they can read through.</summary>
    /// <param name="live">The nodes, inputs first.</param>
    /// <param name="results">Those that are read from outside.</param>
    /// <param name="convolutions">Whether convolutions read through conversions from f16 and bf16.</param>
    internal static HashSet<Expr> ReadByProducts(IReadOnlyList<Expr> live, IEnumerable<Expr> results, bool convolutions)
    {
        var (others, through, asTheyAre) = (results.ToHashSet(), new HashSet<Expr>(), new HashSet<Expr>());
        for (var i = live.Count - 1; i >= 0; i--)
        {
            var node = live[i];
            if (!others.Contains(node) && (node.Op is Permute or Reverse or Reshape || (IsWidening(node) && !asTheyAre.Contains(node))))
            {
                through.Add(node);
                if (asTheyAre.Contains(node)) asTheyAre.Add(node.Inputs[0]);
            }
            else if (node.Op is Dot or Conv && !Converts(node, convolutions)) asTheyAre.UnionWith(node.Inputs);
            else if (node.Op is not (Dot or Conv))
                foreach (var x in Kernels.Read(node)) others.Add(x);
        }
        through.RemoveWhere(n => n.Op is Reshape);
        foreach (var x in live.Where(n => n.Op is Dot or Conv).SelectMany(n => n.Inputs))
        {
            var chain = Chain(x, through.Contains);
            if (Of(chain, out var failed) is null) through.ExceptWith(chain.Take(failed));
        }
        return through;
    }

    /// <summary>A value's root, and the nodes from it to the value.</summary>
    private static List<Expr> Chain(Expr x, Func<Expr, bool> isVirtual)
    {
        List<Expr> chain = [x];
        while (Kernels.IsView(x) || ((x.Op is Permute or Reverse || IsWidening(x)) && isVirtual(x))) chain.Add(x = x.Inputs[0]);
        chain.Reverse();
        return chain;
    }

    /// <summary>How the last of a chain lies; null where a reshape joins axes that are not adjacent in memory, which one is <paramref name="failed"/>.</summary>
    private static Strided? Of(List<Expr> chain, out int failed)
    {
        var (shape, start) = (chain[0].Shape, 0L);
        long[] strides = [.. shape.Strides];
        for (failed = 1; failed < chain.Count; failed++)
        {
            var node = chain[failed];
            if (node.Op is Convert) continue;
            if (node.Op is Permute p) strides = [.. p.Order.Select(axis => strides[axis])];
            else if (node.Op is Reverse r)
            {
                foreach (var axis in r.Axes)
                {
                    start += Math.Max(0, shape[axis] - 1) * strides[axis];
                    strides[axis] = -strides[axis];
                }
            }
            else if (Reshaped(shape, strides, node.Shape) is { } reshaped) strides = reshaped;
            else return null;
            shape = node.Shape;
        }
        return new(chain[0], shape, [.. strides], start);
    }

    /// <summary>The strides of the same elements in another shape: groups of axes of equal size, each adjacent in memory, may be divided anew.</summary>
    private static long[]? Reshaped(Shape from, long[] strides, Shape to)
    {
        var result = new long[to.Rank];
        if (from.Size == 0) return result;
        var (i, j) = (0, 0);
        while (i < from.Rank || j < to.Rank)
        {
            var (first, firstTo, size, sizeTo) = (i, j, 1L, 1L);
            do
            {
                if (i < from.Rank && (size <= sizeTo || j >= to.Rank)) size *= from[i++];
                else sizeTo *= to[j++];
            }
            while (size != sizeTo);
            var axes = Enumerable.Range(first, i - first).Where(axis => from[axis] > 1).ToArray();
            for (var a = 1; a < axes.Length; a++)
                if (strides[axes[a - 1]] != strides[axes[a]] * from[axes[a]]) return null;
            var stride = axes.Length == 0 ? 1 : strides[axes[^1]];
            for (var axis = j - 1; axis >= firstTo; axis--) (result[axis], stride) = (stride, stride * to[axis]);
        }
        return result;
    }
}
