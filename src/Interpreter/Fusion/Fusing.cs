using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>
/// Which nodes of a lowered program are computed together in one loop over rows and columns: elementwise functions with the broadcasts that
/// they read, slices of what other kernels compute, concatenations whose parts they write in place, and reductions of rows. Decided from the
/// results backwards: a node that only one group reads joins it; one that several read is computed in each where that costs no further memory
/// traffic, else in the first of them, for the others to read, or in a group of its own. No circle closes, since from each kernel to those that
/// read it the place of the last node ascends.
/// </summary>
internal sealed partial class Fusing
{
    private const int MostNodes = 48;
    private const int MostReads = 10;
    private const int MostParts = 8;
    private const int FewestColumns = 8;
    private const long SmallLoop = 16_384;

    private readonly ImmutableArray<Expr> live;
    private readonly Dictionary<Expr, int> placeOf = [];
    private readonly List<int>[] users;
    private readonly IReadOnlySet<Expr> results;
    private readonly IReadOnlySet<Expr> readThrough;
    private readonly int[]?[] homes;
    private readonly bool[] dropped;
    private readonly Recomputing recomputing;
    private readonly List<FusedGroup> groups = [];

    public Fusing(ImmutableArray<Expr> live, IReadOnlySet<Expr> results, IReadOnlySet<Expr> readThrough)
    {
        (this.live, this.results, this.readThrough) = (live, results, readThrough);
        (users, homes, dropped) = (new List<int>[live.Length], new int[]?[live.Length], new bool[live.Length]);
        for (var place = 0; place < live.Length; place++)
        {
            (placeOf[live[place]], users[place]) = (place, []);
            foreach (var x in live[place].Inputs)
                if (placeOf.TryGetValue(x, out var at)) users[at].Add(place);
        }
        recomputing = new(live, placeOf, place => !IsFusable(live[place]) || results.Contains(live[place]) || Readers(place).Any(r => !IsFusable(live[r])), place => Readers(place).Count);
        for (var place = live.Length - 1; place >= 0; place--)
            if (!dropped[place]) homes[place] = Place(place);
        JoinEarlier();
    }

    /// <summary>What is computed together.</summary>
    public IReadOnlyList<FusedGroup> Groups => groups;

    /// <summary>Whether a node has no memory because the groups that read it compute it on the way.</summary>
    public bool IsVirtual(Expr node) => placeOf.TryGetValue(node, out var place) && (dropped[place] || (homes[place] is { } at && !groups[at[0]].Stored.Contains(node)));

    /// <summary>Whether a node is computed in a group.</summary>
    public bool IsIn(Expr node, int group) => placeOf.TryGetValue(node, out var place) && homes[place] is { } at && Array.IndexOf(at, group) >= 0;

    /// <summary>The group that fills a node's memory; −1 where none does.</summary>
    public int StoredIn(Expr node) => placeOf.TryGetValue(node, out var place) && homes[place] is { Length: 1 } at && groups[at[0]].Stored.Contains(node) ? at[0] : -1;

    /// <summary>
    /// For each group of elementwise functions at most one product that it alone reads, whose elements it can take as they become known, and
    /// the value in whose memory they are put. A group that could write over an argument is left alone, for it would no longer do so; where elements
    /// stay in registers it does, and they are put nowhere.
    /// </summary>
    /// <param name="permuted">Products by the permutations that are made of them.</param>
    /// <param name="inRegisters">Whether elements stay in registers.</param>
    public Dictionary<int, (Expr Product, Expr? Into)> Epilogues(IReadOnlyDictionary<Expr, Expr> permuted, bool inRegisters)
    {
        var found = new Dictionary<int, (Expr, Expr?)>();
        for (var place = live.Length - 1; place >= 0; place--)
        {
            var node = live[place];
            if (!(node.Op is Dot or Conv || permuted.ContainsKey(node)) || results.Contains(node)) continue;
            var readers = Readers(place);
            if (readers.Count == 0 || homes[readers[0]] is not [var at] || found.ContainsKey(at)) continue;
            var group = groups[at];
            if (group.Size != node.Shape.Size || !group.IsMap || readers.Any(r => homes[r] is not [var home] || home != at || !Kernels.IsMap(live[r]))) continue;
            if (inRegisters) found[at] = (node, null);
            else if (!group.ReadsArgument(results) && group.Stored.FirstOrDefault(v => v.DType == node.DType && v.Shape.Size == node.Shape.Size) is { } into) found[at] = (node, into);
        }
        return found;
    }

    /// <summary>The nodes that read a node, reshapes seen through.</summary>
    private List<int> Readers(int place)
    {
        var (readers, stack) = (new List<int>(), new Stack<int>(users[place]));
        while (stack.TryPop(out var user))
            if (live[user].Op is Reshape)
                foreach (var next in users[user]) stack.Push(next);
            else if (!dropped[user]) readers.Add(user);
        return readers;
    }

    private bool IsFusable(Expr node) => (Kernels.IsMap(node) && !readThrough.Contains(node)) || node.Op is Broadcast || RowReduction.Of(node) is not null;

    private int[]? Place(int place)
    {
        var node = live[place];
        if (node.Op is Concat concat) return Place(place, concat);
        var reduction = RowReduction.Of(node);
        if (!IsFusable(node) && node.Op is not Slice) return null;
        if (reduction?.Chooser is { } chooser)
        {
            if (results.Contains(chooser) || Readers(placeOf[chooser]).Count != 1) return null;
            dropped[placeOf[chooser]] = true;
        }
        var (readers, needed, inside) = (Readers(place), new List<int>(), true);
        foreach (var reader in readers)
            if (homes[reader] is not { } at || live[reader].Op is Slice) inside = false;
            else
                foreach (var g in at)
                    if (!needed.Contains(g)) needed.Add(g);
        var isResult = results.Contains(node);
        if (node.Op is Slice slice)
        {
            if (!inside || isResult || needed.Count == 0 || !IsShared(slice) || Pattern(slice) is not { } pieces || new Access(pieces.Stretch, 1, pieces.Stretch) is var seen && !needed.All(g => groups[g].Size == node.Shape.Size && groups[g].Admits(node.Shape.Size, seen))) return null;
            foreach (var g in needed) groups[g].Admit(node.Shape.Size, seen);
            return [.. needed];
        }
        if (node.Op is Broadcast b)
        {
            if (!inside || isResult || needed.Count == 0 || Pattern(b) is not { } pattern || !needed.All(g => groups[g].Admits(b.Shape.Size, pattern))) return null;
            foreach (var g in needed) groups[g].Admit(b.Shape.Size, pattern);
            return [.. needed];
        }
        if (inside && needed.Count == 1 && Joins(groups[needed[0]], needed[0], node, reduction, readers))
        {
            groups[needed[0]].Add(node, isResult);
            return [needed[0]];
        }
        if (inside && needed.Count > 1 && !isResult && reduction is null && recomputing.IsCheap(place) && needed.All(g => groups[g].Size == node.Shape.Size && HasRoom(groups[g], node)))
        {
            foreach (var g in needed) groups[g].Add(node, false);
            return [.. needed];
        }
        if (inside && needed.Count > 0 && needed.MinBy(g => groups[g].Last) is var first && readers.All(r => Follows(r, first)) && Joins(groups[first], first, node, reduction, readers))
        {
            groups[first].Add(node, true);
            return [first];
        }
        groups.Add(new(place, reduction?.X.Shape.Size ?? node.Shape.Size, reduction));
        groups[^1].Add(node, true);
        return [groups.Count - 1];
    }

    /// <summary>A concatenation of parts of one size, some of which nothing else reads, in a loop that computes these and writes all where they belong.</summary>
    private int[]? Place(int place, Concat concat)
    {
        var pattern = Pattern(concat, 0);
        if (concat.Parts.Count > MostParts || concat.Parts.Any(p => p.Shape != concat.Parts[0].Shape) || !concat.Parts.Any(IsOnlyHere)) return null;
        var group = new FusedGroup(place, concat.Parts[0].Shape.Size, null);
        if (pattern.Stretch < 2 || !group.Admits(group.Size, new(pattern.Stretch, 1))) return null;
        group.Admit(group.Size, new(pattern.Stretch, 1));
        group.Add(live[place], true);
        groups.Add(group);
        return [groups.Count - 1];

        bool IsOnlyHere(Expr part)
        {
            while (part.Op is Reshape r) part = r.X;
            return placeOf.TryGetValue(part, out var at) && Kernels.IsMap(part) && IsFusable(part) && !results.Contains(part) && Readers(at).All(r => r == place);
        }
    }

    /// <summary>Whether the slices of a value are together as large as it, so that to keep it for them takes no more memory than they would.</summary>
    private bool IsShared(Slice slice) => !placeOf.TryGetValue(slice.X, out var of) || slice.X.Op is Variable || users[of].Distinct().Sum(u => live[u].Op is Slice ? live[u].Shape.Size : 0) >= slice.X.Shape.Size;

    /// <summary>Whether a node is computed in a group, or in others and kernels that come after it.</summary>
    private bool Follows(int place, int group) => homes[place] is { } at ? at.All(g => g == group || groups[g].Last > groups[group].Last) : place > groups[group].Last;

    private static bool HasRoom(FusedGroup group, Expr node) => group.Count < MostNodes && group.ReadsWith(node) <= MostReads;

    private bool Joins(FusedGroup group, int index, Expr node, RowReduction? reduction, List<int> readers)
    {
        if (!HasRoom(group, node) || group.Size == 0 || (group.IsOfParts && (reduction is not null || node.Shape.Size != group.Size)) || ((reduction is not null || !group.IsMap) && !group.IsOfOneSizeWith(node))) return false;
        if (reduction is null)
        {
            if (node.Shape.Size == group.Size) return true;
            var pieces = group.IsFixed ? group.Batch : Reduced(node)?.Batch ?? 1;
            return node.Shape.Size == group.Size / group.Columns / pieces && Few(node.Shape.Size, group.Columns) && AsRow(pieces, group.Columns) && group.Fix(pieces, group.Columns);
        }
        var (batch, rows, columns) = (reduction.Batch, reduction.Rows, reduction.Columns);
        if (group.IsFixed) return group.Rows == rows && group.Columns == columns && AsRow(batch, columns);
        if (!Few(rows, columns)) return false;
        if (group.Size == rows && columns >= FewestColumns) return group.Widen(batch, columns);
        return group.Size == batch * rows * columns && group.Columns == columns && AsRow(batch, columns) && group.Fix(batch, columns);

        // whether the group reads the node as one number for each row
        bool AsRow(long batch, long width) => group.Size % (batch * width) == 0 && node.Shape.Size == group.Size / batch / width
            && readers.All(r => homes[r] is not { } at || Array.IndexOf(at, index) < 0 || (live[r].Op is Broadcast b ? b.Shape.Size == group.Size && Pattern(b) is { } p && p.Inner == width && p.Extent == node.Shape.Size : Kernels.IsMap(live[r])));

        static bool Few(long rows, long columns) => columns >= FewestColumns && (rows >= FewestColumns || rows * columns <= SmallLoop);
    }

    /// <summary>The reduction from which elementwise functions alone make a node; null where there is none, or several.</summary>
    private static RowReduction? Reduced(Expr node)
    {
        var (found, seen, stack) = (new HashSet<RowReduction>(), new HashSet<Expr>(), new Stack<Expr>([node]));
        while (stack.TryPop(out var x))
            if (!seen.Add(x) || x.Shape.Size != node.Shape.Size) continue;
            else if (RowReduction.Of(x) is { } reduction) found.Add(reduction);
            else if (x.Op is Reshape || Kernels.IsMap(x))
                foreach (var y in x.Inputs) stack.Push(y);
        return found.Count == 0 || found.Any(r => r.Batch != found.First().Batch || r.Columns != found.First().Columns) ? null : found.First();
    }

    /// <summary>Which elements of a concatenation of parts of one size are those of one of them.</summary>
    public static Access Pattern(Concat c, int part)
    {
        var size = c.Parts[part].Shape.Size;
        var stretch = Enumerable.Range(c.Axis, c.Parts[part].Rank - c.Axis).Aggregate(1L, (n, axis) => n * c.Parts[part].Shape[axis]);
        return new(size, 1, stretch, stretch * c.Parts.Count, stretch * part);
    }

    /// <summary>Which elements a slice along one axis shows, in stretches of more than one; null of another.</summary>
    public static Access? Pattern(Slice s)
    {
        var cut = Enumerable.Range(0, s.X.Rank).Where(axis => s.Limit[axis] - s.Start[axis] != s.X.Shape[axis]).ToArray();
        if (cut is not [var along] || s.Stride.Any(step => step != 1)) return null;
        var inner = 1L;
        for (var axis = along + 1; axis < s.X.Rank; axis++) inner *= s.X.Shape[axis];
        var stretch = (s.Limit[along] - s.Start[along]) * inner;
        return stretch <= 1 ? null : new(stretch * Enumerable.Range(0, along).Aggregate(1L, (n, axis) => n * s.X.Shape[axis]), 1, stretch, s.X.Shape[along] * inner, s.Start[along] * inner);
    }

    /// <summary>Which element of its operand a broadcast sees at each index; null where the operand's axes are not adjacent.</summary>
    public static Access? Pattern(Broadcast b)
    {
        if (b.Mapping.Count > 0 && b.Mapping[^1] - b.Mapping[0] != b.Mapping.Count - 1) return null;
        var (extent, inner) = (b.X.Shape.Size, 1L);
        for (var axis = b.Mapping.Count == 0 ? 0 : b.Mapping[^1] + 1; axis < b.Shape.Rank; axis++) inner *= b.Shape[axis];
        return extent == 1 ? new(1, Math.Max(1, b.Shape.Size)) : new(extent, inner);
    }
}
