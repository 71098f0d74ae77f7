using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// The results of one of several functions at the arguments after the first, which is its number, an i32 scalar moved into 0..n−1. Only that
/// one is computed. Its derivative is that of the function chosen; its adjoint computes that function again. StableHLO <c>case</c> (which takes
/// the last branch where the number is out of range).
/// </summary>
public sealed record Switch(ValueArray<Function> Branches, ValueArray<Expr> Args) : Control(Args), IExpands
{
    /// <inheritdoc/>
    public override ImmutableArray<Function> Bodies => Branches.Items;

    /// <summary>The arguments of the branches.</summary>
    public ImmutableArray<Expr> Operands => Args.Items[1..];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new Switch(Branches, inputs);

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("branches", Branches)];

    /// <summary>That of the branch with the most.</summary>
    public override long Flops => Branches.Items.Max(FlopsOf);

    internal override Control WithBodies(ImmutableArray<Function> bodies) => new Switch(bodies, Args);

    internal override ImmutableArray<TensorType> Infer()
    {
        if (Args.Count == 0 || Args[0].Type != TensorType.I32()) throw Error("the number of the branch must be an i32 scalar: convert it");
        if (Branches.Count == 0) throw Error("needs at least one branch");
        ImmutableArray<TensorType> types = [.. Branches[0].Results.Select(r => r.Type)];
        for (var i = 0; i < Branches.Count; i++)
        {
            if (Misfit(Operands.Select(a => a.Type), Branches[i].Parameters) is { } problem) throw Error($"branch {i}: {problem}");
            var others = Branches[i].Results.Select(r => r.Type).ToList();
            if (!others.SequenceEqual(types)) throw Error($"branch {i} gives ({string.Join(", ", others)}), but branch 0 gives ({string.Join(", ", types)}): make them alike");
        }
        return types;
    }

    /// <summary>One switch for values and tangents.</summary>
    internal override Pushed Push(Expr y, ImmutableArray<Expr?> ts)
    {
        ImmutableArray<int> moving = [.. Enumerable.Range(0, Operands.Length).Where(i => ts[i + 1] is not null)];
        var pushed = Branches.Items.Select(b =>
        {
            ImmutableArray<Expr> seeds = [.. moving.Select(i => variable($"d{b.Parameters[i].Label}", b.Parameters[i].Type))];
            var (values, tangents) = Jvp.Of(Exposed.Of(b.Results, b.Parameters, reverse: false), [.. moving.Select(i => b.Parameters[i])], seeds);
            return (Parameters: b.Parameters.AddRange(seeds), values, tangents);
        }).ToList();
        ImmutableArray<int> live = [.. Enumerable.Range(0, y.Results.Length).Where(i => pushed.Any(p => p.tangents[i] is not null))];
        var joint = results(Expr.Of(new Switch(
            [.. pushed.Select(p => new Function(p.Parameters, [.. p.values, .. live.Select(i => p.tangents[i] ?? zeros(y.Results[i]))]))],
            [.. Args, .. moving.Select(i => ts[i + 1]!)])));
        var n = y.Results.Length;
        return new([.. Enumerable.Range(0, n).Select(i => live.IndexOf(i) is >= 0 and var at ? joint[n + at] : null)], joint[..n]);
    }

    /// <summary>One switch for all coefficients, by the number at order 0.</summary>
    ImmutableArray<ImmutableArray<Expr?>> IExpands.Expand(ImmutableArray<ImmutableArray<Expr?>> args) =>
        Jet.Chosen(Branches.Items, args[1..], args[0].Length - 1, (branches, operands) => new Switch(branches, [args[0][0]!, .. operands]));

    internal override ImmutableArray<Expr?> Pull(Expr y, ImmutableArray<Expr?> cts, ImmutableArray<bool> active)
    {
        ImmutableArray<int> asked = [.. Enumerable.Range(0, Operands.Length).Where(i => active[i + 1])];
        ImmutableArray<int> given = [.. Enumerable.Range(0, cts.Length).Where(i => cts[i] is not null)];
        var pulled = Branches.Items.Select(b =>
        {
            ImmutableArray<Expr?> seeds = [.. cts.Select((ct, i) => ct is null ? null : variable($"ct{i}", ct.Type))];
            ImmutableArray<Expr> inputs = [.. asked.Select(i => b.Parameters[i])];
            return (Parameters: b.Parameters.AddRange(given.Select(i => seeds[i]!)), Cts: Again(Exposed.Of(b.Results, inputs, reverse: true), seeds, inputs));
        }).ToList();
        ImmutableArray<int> live = [.. Enumerable.Range(0, asked.Length).Where(i => pulled.Any(p => p.Cts[i] is not null))];
        if (live.IsEmpty) return [.. active.Select(_ => (Expr?)null)];
        var called = results(Expr.Of(new Switch(
            [.. pulled.Select(p => new Function(p.Parameters, [.. live.Select(i => p.Cts[i] ?? zerosLike(Operands[asked[i]]))]))],
            [.. Args, .. given.Select(i => cts[i]!)])));
        return [.. active.Select((_, i) => live.IndexOf(asked.IndexOf(i - 1)) is >= 0 and var at && asked.Contains(i - 1) ? called[at] : null)];
    }

    private static ImmutableArray<Expr?> Again(ImmutableArray<Expr> branch, ImmutableArray<Expr?> seeds, ImmutableArray<Expr> inputs)
    {
        var cts = Vjp.Of(branch, seeds, inputs);
        var next = 0;
        var settled = Taps.Without([.. cts.OfType<Expr>()], branch);
        return [.. cts.Select(ct => ct is null ? null : settled[next++])];
    }

    /// <summary>
    /// Batching: one number for all examples chooses between the batched branches. Where each example has its own, all branches are computed,
    /// and each example's result is picked.
    /// </summary>
    internal override ImmutableArray<Image> Batched(Batching b)
    {
        var mapped = b.Mapped[1..];
        if (b.Has(0))
        {
            var all = Branches.Items.Select(branch => b.Full(branch, mapped).Inline(b.All[1..])).ToList();
            var chosen = all[^1];
            for (var i = all.Count - 2; i >= 0; i--)
                chosen = [.. all[i].Zip(chosen, (x, y) => where(broadcast(lessEqual(b[0], constant(i, DType.I32)), x.Shape, 0), x, y))];
            return [.. chosen.Select(c => new Image(c, true))];
        }
        var batched = Branches.Items.Select(branch => b.Body(branch, mapped).Batched).Aggregate((x, y) => [.. x.Zip(y, (p, q) => p || q)]);
        return Image.Of(Expr.Of(new Switch([.. Branches.Items.Select(branch => b.Body(branch, mapped, batched).Body)], b.All)), batched);
    }

    /// <summary>The value of the branch that is taken; zeros where that has no tap of the name and type.</summary>
    internal override (ImmutableArray<Expr> Results, ImmutableArray<Shown> Taps) Show(ImmutableArray<Showing> bodies)
    {
        var n = Branches[0].Results.Length;
        var taps = bodies.Select(b => b.Of(b.Program.Results).GroupBy(s => (s.Label, s.Order, s.Value.Type))
            .SelectMany(same => same.Select((s, nth) => KeyValuePair.Create((same.Key, nth), s.Value))).ToDictionary()).ToList();
        var keys = taps.SelectMany(t => t.Keys).Distinct().ToList();
        var all = results(Expr.Of(new Switch(
            [.. bodies.Zip(taps, (b, t) => new Function(b.Program.Parameters, [.. b.Program.Results[..n], .. keys.Select(k => t.GetValueOrDefault(k) ?? zeros(k.Key.Type))]))], Args)));
        return (all[..n], [.. keys.Select((k, i) => new Shown(k.Key.Label, k.Key.Order, all[n + i]))]);
    }

    internal override ImmutableArray<Expr?>? Narrowed(ImmutableArray<bool> read)
    {
        ImmutableArray<Expr> Kept(Function branch) => [.. branch.Results.Where((_, i) => read[i])];
        var used = Branches.Items.Select(b => Fold.PostOrder(Kept(b)).ToHashSet()).ToList();
        var operands = Operands.Length;
        ImmutableArray<int> needed = [.. Enumerable.Range(0, operands).Where(i => Branches.Items.Zip(used).Any(((Function Branch, HashSet<Expr> Used) b) => b.Used.Contains(b.Branch.Parameters[i])))];
        if (needed.Length == operands && !read.Contains(false)) return null;
        var results = Prelude.results(Expr.Of(new Switch(
            [.. Branches.Items.Select(b => new Function(b.Parameters.Pick(needed), Kept(b)))], [Args[0], .. Operands.Pick(needed)])));
        var next = 0;
        return [.. read.Select(r => r ? results[next++] : null)];
    }
}

public static partial class Prelude
{
    /// <summary>
    /// whenTrue(x) where the predicate holds, whenFalse(x) elsewhere; only one is computed. What a branch computes from values of outside alone is
    /// computed outside, always: give it as x to have it computed in the branch. JAX's <c>cond</c>.
    /// </summary>
    /// <param name="predicate">A bool scalar.</param>
    /// <param name="whenTrue">The first function.</param>
    /// <param name="whenFalse">The second, whose results have the same structure and types.</param>
    /// <param name="x">The argument.</param>
    /// <exception cref="ShapeError">The predicate is no bool scalar, or the results' types differ.</exception>
    public static TOut cond<TIn, TOut>(Expr predicate, Func<TIn, TOut> whenTrue, Func<TIn, TOut> whenFalse, TIn x) => predicate.Type == TensorType.Bool()
        ? switchCase(convert(predicate, DType.I32), x, whenFalse, whenTrue)
        : throw new ShapeError("cond", [new(predicate.Label, predicate.Type)], ["the predicate must be a bool scalar: compare it with something, or use where for one choice per element"]);

    /// <summary>branches[i](x), with i moved into 0..n−1; only that one is computed. JAX's <c>switch</c>.</summary>
    /// <exception cref="ShapeError">The number is no integer scalar, there is no branch, or the results' types differ.</exception>
    public static TOut switchCase<TIn, TOut>(Expr i, TIn x, params ReadOnlySpan<Func<TIn, TOut>> branches)
    {
        if (!i.DType.IsInteger || i.Rank != 0) throw new ShapeError("switchCase", [new(i.Label, i.Type)], ["the number of the branch must be an integer scalar"]);
        if (branches.Length == 0) throw new ShapeError("switchCase", "needs at least one branch");
        var traced = new (TOut Out, ImmutableArray<Expr> Parameters, ImmutableArray<Expr> Captured)[branches.Length];
        for (var b = 0; b < branches.Length; b++)
        {
            var point = Tree.Fresh(x);
            var y = branches[b](point);
            traced[b] = (y, Tree.Leaves(point), Closure.Captured(Tree.Leaves(y), Tree.Leaves(point)));
        }
        ImmutableArray<Expr> captured = [.. traced.SelectMany(t => t.Captured).Distinct()];
        var names = Closure.Names(captured);
        ValueArray<Function> functions = [.. traced.Select(t => new Function(
            [.. names, .. t.Parameters], Fold.Substitute(Tree.Leaves(t.Out), captured.Zip(names, KeyValuePair.Create).ToDictionary())))];
        return Tree.With(traced[0].Out, results(Expr.Of(new Switch(functions, [convert(i, DType.I32), .. captured, .. Tree.Leaves(x)]))));
    }
}
