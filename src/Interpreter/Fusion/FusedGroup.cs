using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>Nodes that one loop computes.</summary>
/// <param name="last">The place of the last of them.</param>
/// <param name="size">Batch times rows times columns.</param>
/// <param name="reduction">What says how many columns a row has, if something does.</param>
internal sealed class FusedGroup(int last, long size, RowReduction? reduction)
{
    private const long FewColumns = 16;
    private const long SmallLoop = 4096;

    private readonly HashSet<Expr> stored = [];
    private readonly List<Expr> inOrder = [];
    private readonly HashSet<Expr> reads = [];
    private readonly HashSet<int> sizes = [];
    private readonly List<Access> patterns = [];

    /// <summary>The place of the last of the nodes.</summary>
    public int Last { get; } = last;

    /// <summary>Batch times rows times columns.</summary>
    public long Size { get; private set; } = size;

    /// <summary>In how many pieces each row lies: one of each row, then the next of each.</summary>
    public long Batch { get; private set; } = reduction?.Batch ?? 1;

    /// <summary>How many columns a piece has. While not <see cref="IsFixed"/>, a common divisor of what broadcasts ask for.</summary>
    public long Columns { get; private set; } = reduction?.Columns ?? size;

    /// <summary>Whether something is computed for each row.</summary>
    public bool IsFixed { get; private set; } = reduction is not null;

    /// <summary>How many rows.</summary>
    public long Rows => Columns == 0 ? 1 : Size / Batch / Columns;

    /// <summary>How many nodes.</summary>
    public int Count { get; private set; }

    /// <summary>The nodes whose values have memory.</summary>
    public IReadOnlySet<Expr> Stored => stored;

    /// <summary>The nodes whose values have memory, inputs first.</summary>
    public ImmutableArray<Expr> Values => [.. inOrder.AsEnumerable().Reverse()];

    /// <summary>Whether nothing is reduced.</summary>
    public bool IsMap { get; private set; } = reduction is null;

    /// <summary>Whether a concatenation is among the nodes, each of whose parts is as large as the loop.</summary>
    public bool IsOfParts { get; private set; }

    /// <summary>Whether a result of the program is computed from an argument as large, as in an update.</summary>
    public bool ReadsArgument(IReadOnlySet<Expr> results) => reads.Any(x => x.Op is Variable && stored.Any(v => results.Contains(v) && v.Type.Bytes == x.Type.Bytes));

    public void Add(Expr node, bool isStored)
    {
        IsMap &= RowReduction.Of(node) is null;
        IsOfParts |= node.Op is Concat;
        Count++;
        reads.Remove(node);
        sizes.UnionWith(Sizes(node));
        foreach (var x in Unknown(node)) reads.Add(x);
        if (isStored && stored.Add(node)) inOrder.Add(node);
    }

    /// <summary>Whether rows are reduced, and lie as another group's do.</summary>
    public bool HasRowsOf(FusedGroup other) => (IsMap, IsFixed, Batch, Rows, Columns) == (false, true, other.Batch, other.Rows, other.Columns);

    /// <summary>Whether it has room for what another group computes, of its elements or its rows.</summary>
    public bool HasRoomFor(FusedGroup other, int mostNodes, int mostReads) =>
        Count + other.Count <= mostNodes && reads.Union(other.reads.Except(stored)).Count() <= mostReads && sizes.Union(other.sizes).Count() <= 1;

    /// <summary>Computes what another group does.</summary>
    public void Take(FusedGroup other)
    {
        Count += other.Count;
        sizes.UnionWith(other.sizes);
        reads.UnionWith(other.reads.Except(stored));
        stored.UnionWith(other.stored);
        inOrder.AddRange(other.inOrder);
    }

    /// <summary>A value needs no memory any longer.</summary>
    public void Forget(Expr value)
    {
        stored.Remove(value);
        inOrder.Remove(value);
    }

    /// <summary>Whether all numbers, with those of a node, take as many bytes where they are computed with, so that vectors hold as many of each.</summary>
    public bool IsOfOneSizeWith(Expr node) => sizes.Union(Sizes(node)).Count() <= 1;

    private static IEnumerable<int> Sizes(Expr node) =>
        (RowReduction.Of(node) is { } r ? [node, r.X] : node.Inputs.Append(node)).Where(x => x.DType != DType.Bool).Select(x => x.DType.Computed.Size);

    /// <summary>How many values the group would read, as far as is known, with a node.</summary>
    public int ReadsWith(Expr node) => reads.Count - (reads.Contains(node) ? 1 : 0) + Unknown(node).Count(x => !reads.Contains(x));

    /// <summary>What a node reads for each element, reshapes seen through.</summary>
    private static IEnumerable<Expr> Unknown(Expr node) => node.Inputs.Select(Under).Where(x => x.Op is not (Constant or Broadcast)).Distinct();

    private static Expr Under(Expr x)
    {
        while (x.Op is Reshape r) x = r.X;
        return x;
    }

    /// <summary>Whether operands can be read by a broadcast's pattern, for each column where it has the loop's size, else for each row.</summary>
    public bool Admits(long size, Access pattern)
    {
        if (Size == 0 || Count >= 2 * FewColumns) return false;
        if (size != Size) return IsFixed && size == Rows;
        if (pattern.Extent == 1) return true;
        var width = Width(pattern);
        if (IsFixed) return width % Columns == 0 && Repeats(pattern, Batch, Columns);
        var common = Divisor(Columns, width);
        return common >= FewColumns || Size <= SmallLoop;
    }

    public void Admit(long size, Access pattern)
    {
        Count++;
        if (size != Size || pattern.Extent == 1) return;
        patterns.Add(pattern);
        if (!IsFixed) Columns = Divisor(Columns, Width(pattern));
    }

    /// <summary>Makes the columns those of a reduction, where what is read lies so.</summary>
    public bool Fix(long batch, long columns)
    {
        if (!patterns.All(p => Repeats(p, batch, columns))) return false;
        (Batch, Columns, IsFixed) = (batch, columns, true);
        return true;
    }

    /// <summary>Makes each index a row, with some columns, unless slices are read at each: those are read for columns only.</summary>
    public bool Widen(long batch, long columns)
    {
        if (patterns.Any(p => p.Stretch > 0)) return false;
        Size *= batch * columns;
        return Fix(batch, columns);
    }

    /// <summary>Whether a pattern is the same in all pieces of a row.</summary>
    private bool Repeats(Access pattern, long batch, long columns) =>
        batch == 1 || (pattern.Stretch == 0 && (pattern.Extent == Size || Size / batch % (pattern.Extent * pattern.Inner) == 0));

    private static long Width(Access pattern) => pattern.Inner > 1 ? pattern.Inner : pattern.Extent;

    private static long Divisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
