using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>The loop that computes a group's nodes.</summary>
internal sealed class LoopBuilder
{
    private readonly FusedGroup group;
    private readonly Func<Expr, bool> isInside;
    private readonly List<Expr> members;
    private readonly Dictionary<Expr, int> level = [];
    private readonly Dictionary<Expr, int> valueOf = [];
    private readonly Dictionary<int, Operand> loads = [];
    private readonly Dictionary<Expr, Left> left = [];
    private readonly Dictionary<Expr, int> targets = [];
    private readonly Dictionary<int, Literal> immediates = [];
    private readonly List<Operand> operands = [];
    private readonly List<DType> types = [];

    private LoopBuilder(FusedGroup group, Func<Expr, bool> isInside)
    {
        (this.group, this.isInside) = (group, isInside);
        members = Members();
        foreach (var node in members) level[node] = LevelOf(node);
        Leave();
    }

    /// <summary>Where a pass leaves a value for later ones.</summary>
    /// <param name="By">The pass.</param>
    /// <param name="In">The value, stored later, whose memory it takes until then.</param>
    private readonly record struct Left(int By, Expr In);

    /// <summary>The loop, and what it reads, each value once.</summary>
    public static (FusedLoop Loop, ImmutableArray<Expr> Members) Of(FusedGroup group, Func<Expr, bool> isInside)
    {
        var builder = new LoopBuilder(group, isInside);
        return (builder.Build(), [.. builder.members]);
    }

    /// <summary>What a member reads, reshapes seen through where the group computes what is under them.</summary>
    private Expr Under(Expr x)
    {
        var y = x;
        while (y.Op is Reshape r) y = r.X;
        return isInside(y) ? y : Kernels.Root(x);
    }

    private IEnumerable<Expr> Inputs(Expr node) => node.Op is Slice ? [] : RowReduction.Of(node) is { } r ? [Under(r.X)] : node.Inputs.Select(Under);

    private List<Expr> Members()
    {
        var (found, done, stack) = (new List<Expr>(), new HashSet<Expr>(), new Stack<(Expr Node, bool Ready)>());
        foreach (var value in group.Values.Reverse()) stack.Push((value, false));
        while (stack.TryPop(out var top))
        {
            if (top.Ready) found.Add(top.Node);
            else if (isInside(top.Node) && done.Add(top.Node))
            {
                stack.Push((top.Node, true));
                foreach (var x in Inputs(top.Node)) stack.Push((x, false));
            }
        }
        return found;
    }

    private int LevelOf(Expr node) => Inputs(node).Select(x => level.GetValueOrDefault(x)).DefaultIfEmpty().Max() + (RowReduction.Of(node) is null ? 0 : 1);

    /// <summary>Whether a member is one number for each row.</summary>
    private bool IsRow(Expr member) => group.IsFixed && member.Shape.Size != group.Size;

    private FusedLoop Build()
    {
        var stages = ImmutableArray.CreateBuilder<Stage>();
        for (var l = 0; l <= Last; l++) stages.Add(Stage(l));
        stages[0] = stages[0] with { Row = [.. Outset(), .. stages[0].Row] };
        return new(group.Batch, group.Rows, group.Columns, operands.ToImmutableArray(), types.ToImmutableArray(), stages.ToImmutable());
    }

    /// <summary>What is the same for all columns and known before the first pass.</summary>
    private IEnumerable<Instruction> Outset() =>
        immediates.OrderBy(i => i.Key).Select(Instruction (i) => new Immediate(i.Key, i.Value))
            .Concat(loads.Where(l => l.Value.PerRow).OrderBy(l => l.Key).Select(l => new Load(l.Key, operands.IndexOf(l.Value))));

    private int Last => members.Select(m => level[m]).DefaultIfEmpty().Max();

    private IEnumerable<Expr> Reductions(int l) => members.Where(m => IsRow(m) && level[m] == l + 1 && RowReduction.Of(m) is not null);

    private IEnumerable<Expr> Stores(int l) => members.Where(m => !IsRow(m) && level[m] == l && group.Stored.Contains(m));

    /// <summary>The members that a pass must know for each column, whether it computes or loads them.</summary>
    private HashSet<Expr> Needed(int l)
    {
        var needed = new HashSet<Expr>();
        var stack = new Stack<Expr>([.. Reductions(l).Select(r => Inputs(r).Single()), .. Stores(l)]);
        while (stack.TryPop(out var x))
            if (isInside(x) && !IsRow(x) && needed.Add(x) && !IsLoaded(x, l))
                foreach (var y in Inputs(x)) stack.Push(y);
        return needed;
    }

    private bool IsLoaded(Expr x, int l) => left.TryGetValue(x, out var at) && at.By < l;

    /// <summary>Has the first of several passes that need the value of a costly function leave it for the others, where there is memory for it.</summary>
    private void Leave()
    {
        for (var l = 0; l < Last; l++)
            foreach (var m in Needed(l))
            {
                if (left.ContainsKey(m) || !Recomputing.IsCostly(m)) continue;
                var until = Enumerable.Range(l + 1, Last - l).LastOrDefault(later => Needed(later).Contains(m));
                if (until == 0) continue;
                var place = group.Stored.Contains(m) ? m : members.Find(s => !IsRow(s) && level[s] >= until && s.DType == m.DType && group.Stored.Contains(s) && left.Values.All(v => v.In != s));
                if (place is not null) left[m] = new(l, place);
            }
    }

    private Stage Stage(int l)
    {
        var (row, columns) = (new List<Instruction>(), new List<Instruction>());
        foreach (var m in members)
        {
            if (!IsRow(m) || level[m] != l) continue;
            if (RowReduction.Of(m) is null && m.Op is not Broadcast) row.Add(Compute(m));
            if (group.Stored.Contains(m)) row.Add(new Store(Target(m, true), ValueOf(m)));
        }
        var needed = Needed(l);
        foreach (var m in members)
            if (needed.Contains(m) && m.Op is not (Broadcast or Slice or Concat)) columns.Add(IsLoaded(m, l) ? new Load(ValueOf(m), Target(left[m].In, false)) : Compute(m));
        columns.AddRange(Reductions(l).Select(r => new Reduce(ValueOf(r), RowReduction.Of(r)!.Kind, Read(Inputs(r).Single()))));
        columns.AddRange(left.Where(x => x.Value.By == l && x.Value.In != x.Key).Select(x => new Store(Target(x.Value.In, false), ValueOf(x.Key))));
        columns.AddRange(Stores(l).SelectMany(Stored));
        var used = columns.SelectMany(i => i.Reads).Distinct().Where(v => loads.TryGetValue(v, out var o) && !o.PerRow).Order();
        return new([.. row], [.. used.Select(v => new Load(v, operands.IndexOf(loads[v]))), .. columns]);
    }

    private IEnumerable<Instruction> Stored(Expr member) => member.Op is Concat c
        ? c.Parts.Select((part, i) => new Store(Target(new Operand(member, false, Fusing.Pattern(c, i))), Read(part)))
        : [new Store(Target(member, false), ValueOf(member))];

    private Instruction Compute(Expr m) => m.Op switch
    {
        Pointwise p => new Apply(ValueOf(m), p.Name, p.GetType(), p.Inputs[0].DType, [.. p.Inputs.Select(Read)]),
        Select s => new Choose(ValueOf(m), Read(s.Predicate), Read(s.X), Read(s.Y)),
        Convert c => new Cast(ValueOf(m), Read(c.X)),
        _ => throw new NotSupportedException($"{m.Op.Name} is not computed in a loop"),
    };

    private int Fresh(DType type)
    {
        types.Add(type);
        return types.Count - 1;
    }

    private int ValueOf(Expr member) => valueOf.TryGetValue(member, out var v) ? v : valueOf[member] = Fresh(member.DType);

    /// <summary>The value of what a member reads.</summary>
    private int Read(Expr input)
    {
        var x = Under(input);
        if (isInside(x) && x.Op is Slice s) return Loaded(new(Kernels.Root(s.X), false, Fusing.Pattern(s)!.Value), x);
        if (isInside(x)) return x.Op is Broadcast b ? Spread(b) : ValueOf(x);
        if (x.Op is Constant { Value: var literal } && x.Shape.Size == 1) return Known(literal);
        var isRow = group.IsFixed && x.Shape.Size != group.Size;
        return Loaded(new(x, isRow, new(x.Shape.Size, 1)), x);
    }

    /// <summary>What a broadcast shows: a number of the row, or the element that the pattern names.</summary>
    private int Spread(Broadcast b)
    {
        var x = Under(b.X);
        if (isInside(x)) return Read(x);
        if (x.Op is Constant { Value: var literal } && x.Shape.Size == 1) return Known(literal);
        var (extent, inner, _, _, _) = Fusing.Pattern(b)!.Value;
        var isRow = group.IsFixed && b.Shape.Size != group.Size;
        if (extent == 1) return Loaded(new(x, true, new(1, 1)), x);
        if (isRow) return Loaded(new(x, true, new(extent, inner)), x);
        return inner % group.Columns == 0 ? Loaded(new(x, true, new(extent, inner / group.Columns)), x) : Loaded(new(x, false, new(extent, inner)), x);
    }

    private int Known(Literal literal)
    {
        foreach (var (v, value) in immediates)
            if (value.Equals(literal)) return v;
        var fresh = Fresh(literal.Type.DType);
        immediates[fresh] = literal;
        return fresh;
    }

    private int Loaded(Operand operand, Expr x)
    {
        foreach (var (v, known) in loads)
            if (known == operand) return v;
        var fresh = Fresh(x.DType);
        loads[fresh] = operand;
        operands.Add(operand);
        return fresh;
    }

    private int Target(Expr member, bool perRow)
    {
        if (targets.TryGetValue(member, out var known)) return known;
        return targets[member] = Target(new(member, perRow, new(perRow ? group.Rows : group.Size, 1)));
    }

    private int Target(Operand operand)
    {
        operands.Add(operand);
        return operands.Count - 1;
    }
}
