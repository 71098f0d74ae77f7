using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>Nodes that one loop computes.</summary>
/// <param name="last">The place of the last of them.</param>
/// <param name="size">Rows times columns.</param>
/// <param name="columns">How many columns a row has, where a reduction says so.</param>
internal sealed class FusedGroup(int last, long size, long? columns)
{
    private const long FewColumns = 16;
    private const long SmallLoop = 4096;

    private readonly HashSet<Expr> stored = [];
    private readonly List<Expr> inOrder = [];
    private readonly HashSet<Expr> reads = [];
    private readonly HashSet<int> sizes = [];

    /// <summary>The place of the last of the nodes.</summary>
    public int Last { get; } = last;

    /// <summary>Rows times columns.</summary>
    public long Size { get; private set; } = size;

    /// <summary>How many columns a row has. While not <see cref="IsFixed"/>, a common divisor of what broadcasts ask for.</summary>
    public long Columns { get; private set; } = columns ?? size;

    /// <summary>Whether something is computed for each row.</summary>
    public bool IsFixed { get; private set; } = columns is not null;

    /// <summary>How many rows.</summary>
    public long Rows => Columns == 0 ? 1 : Size / Columns;

    /// <summary>How many nodes.</summary>
    public int Count { get; private set; }

    /// <summary>The nodes whose values have memory.</summary>
    public IReadOnlySet<Expr> Stored => stored;

    /// <summary>The nodes whose values have memory, inputs first.</summary>
    public ImmutableArray<Expr> Values => [.. inOrder.AsEnumerable().Reverse()];

    /// <summary>Whether nothing is reduced.</summary>
    public bool IsMap { get; private set; } = columns is null;

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
        if (IsFixed) return width % Columns == 0;
        var common = Divisor(Columns, width);
        return common >= FewColumns || Size <= SmallLoop;
    }

    public void Admit(long size, Access pattern)
    {
        Count++;
        if (!IsFixed && size == Size && pattern.Extent > 1) Columns = Divisor(Columns, Width(pattern));
    }

    /// <summary>Makes the columns those of a reduction.</summary>
    public bool Fix(long columns)
    {
        (Columns, IsFixed) = (columns, true);
        return true;
    }

    /// <summary>Makes each index a row, with some columns.</summary>
    public bool Widen(long columns)
    {
        Size *= columns;
        return Fix(columns);
    }

    private static long Width(Access pattern) => pattern.Inner > 1 ? pattern.Inner : pattern.Extent;

    private static long Divisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
