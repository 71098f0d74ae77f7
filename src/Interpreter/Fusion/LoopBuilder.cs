using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>The loop that computes a group's nodes.</summary>
internal sealed class LoopBuilder
{
    private readonly FusedGroup group;
    private readonly Func<Expr, bool> isInside;
    private readonly ImmutableArray<Expr> members;
    private readonly Dictionary<Expr, int> level = [];
    private readonly Dictionary<Expr, int> valueOf = [];
    private readonly Dictionary<int, Operand> loads = [];
    private readonly Dictionary<int, Literal> immediates = [];
    private readonly List<Operand> operands = [];
    private readonly List<DType> types = [];

    private LoopBuilder(FusedGroup group, Func<Expr, bool> isInside)
    {
        (this.group, this.isInside) = (group, isInside);
        members = [.. Members()];
        foreach (var node in members) level[node] = LevelOf(node);
    }

    /// <summary>The loop, and what it reads, each value once.</summary>
    public static (FusedLoop Loop, ImmutableArray<Expr> Members) Of(FusedGroup group, Func<Expr, bool> isInside)
    {
        var builder = new LoopBuilder(group, isInside);
        return (builder.Build(), builder.members);
    }

    /// <summary>What a member reads, reshapes seen through where the group computes what is under them.</summary>
    private Expr Under(Expr x)
    {
        var y = x;
        while (y.Op is Reshape r) y = r.X;
        return isInside(y) ? y : Kernels.Root(x);
    }

    private IEnumerable<Expr> Inputs(Expr node) => RowReduction.Of(node) is { } r ? [Under(r.X)] : node.Inputs.Select(Under);

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
        var last = members.Select(m => level[m]).DefaultIfEmpty().Max();
        var stages = ImmutableArray.CreateBuilder<Stage>();
        for (var l = 0; l <= last; l++) stages.Add(Stage(l));
        stages[0] = stages[0] with { Row = [.. Outset(), .. stages[0].Row] };
        return new(group.Rows, group.Columns, operands.ToImmutableArray(), types.ToImmutableArray(), stages.ToImmutable());
    }

    /// <summary>What is the same for all columns and known before the first pass.</summary>
    private IEnumerable<Instruction> Outset() =>
        immediates.OrderBy(i => i.Key).Select(Instruction (i) => new Immediate(i.Key, i.Value))
            .Concat(loads.Where(l => l.Value.PerRow).OrderBy(l => l.Key).Select(l => new Load(l.Key, operands.IndexOf(l.Value))));

    private Stage Stage(int l)
    {
        var (row, columns) = (new List<Instruction>(), new List<Instruction>());
        foreach (var m in members)
        {
            if (!IsRow(m) || level[m] != l) continue;
            if (RowReduction.Of(m) is null && m.Op is not Broadcast) row.Add(Compute(m));
            if (group.Stored.Contains(m)) row.Add(new Store(Target(m, true), ValueOf(m)));
        }
        var needed = new HashSet<Expr>();
        void Need(Expr m)
        {
            var stack = new Stack<Expr>([m]);
            while (stack.TryPop(out var x))
                if (isInside(x) && !IsRow(x) && needed.Add(x))
                    foreach (var y in Inputs(x)) stack.Push(y);
        }

        var reductions = members.Where(m => IsRow(m) && level[m] == l + 1 && RowReduction.Of(m) is not null).ToList();
        var stores = members.Where(m => !IsRow(m) && level[m] == l && group.Stored.Contains(m)).ToList();
        foreach (var r in reductions) Need(Inputs(r).Single());
        foreach (var s in stores) Need(s);
        foreach (var m in members)
            if (needed.Contains(m) && m.Op is not Broadcast) columns.Add(Compute(m));
        columns.AddRange(reductions.Select(r => new Reduce(ValueOf(r), RowReduction.Of(r)!.Kind, Read(Inputs(r).Single()))));
        columns.AddRange(stores.Select(s => new Store(Target(s, false), ValueOf(s))));
        var used = columns.SelectMany(i => i.Reads).Distinct().Where(v => loads.TryGetValue(v, out var o) && !o.PerRow).Order();
        return new([.. row], [.. used.Select(v => new Load(v, operands.IndexOf(loads[v]))), .. columns]);
    }

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
        var (extent, inner) = Fusing.Pattern(b)!.Value;
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
        operands.Add(new(member, perRow, new(perRow ? group.Rows : group.Size, 1)));
        return operands.Count - 1;
    }
}
