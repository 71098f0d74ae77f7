using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>What a loop keeps for its adjoint.</summary>
public enum Residuals
{
    /// <summary>All that the adjoint of a step reads: memory for each step, nothing computed twice.</summary>
    Store,

    /// <summary>The carries before each step, from which the adjoint computes the step again.</summary>
    Recompute,

    /// <summary>The carries before each of about √n groups of steps: a group is computed again, and its residuals stored, when the adjoint comes to it (Chen et al., "Training deep nets with sublinear memory cost", 2016).</summary>
    SquareRoot,
}

/// <summary>
/// A loop of known length: for t = 0, 1, …, Length − 1 (downwards, where Reverse), (carries, yₜ) ← Body(constants, carries, xₜ). Arguments are
/// the constants, the first carries and the x, stacked along axis 0; results are the last carries and the yₜ stacked at t. Its graph does not
/// grow with its length. JAX's <c>scan</c>.
/// </summary>
/// <param name="Body">(constants…, carries…, slices of the x…) ↦ (carries…, slices of the y…).</param>
/// <param name="Constants">How many arguments are the same in each step.</param>
/// <param name="Carries">How many arguments go from step to step.</param>
/// <param name="Length">The number of steps.</param>
/// <param name="Reverse">Whether t goes downwards.</param>
/// <param name="Keep">What is kept for the adjoint.</param>
/// <param name="Args">Constants, carries, stacked inputs.</param>
public sealed record Scan(Function Body, int Constants, int Carries, int Length, bool Reverse, Residuals Keep, ValueArray<Expr> Args) : Control(Args), IExpands
{
    /// <inheritdoc/>
    public override ImmutableArray<Function> Bodies => [Body];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { Args = inputs };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes =>
        [new("body", Body), new("constants", Constants), new("carries", Carries), new("length", Length), new("reverse", Reverse), new("keep", Keep)];

    /// <summary>That of the body, at each step.</summary>
    public override long Flops => Length * FlopsOf(Body);

    internal override Control WithBodies(ImmutableArray<Function> bodies) => this with { Body = bodies[0] };

    internal override ImmutableArray<TensorType> Infer()
    {
        var stacked = Constants + Carries;
        if (Constants < 0 || Carries < 0 || Length < 0 || Args.Count < stacked) throw Error($"{Args.Count} arguments do not hold {Constants} constants and {Carries} carries");
        for (var i = stacked; i < Args.Count; i++)
            if (Args[i].Rank == 0 || Args[i].Shape[0] != Length) throw Error($"argument {i} has type {Args[i].Type}: a stacked input of {Length} steps has extent {Length} at axis 0");
        if (Misfit(Args.Items.Select((a, i) => i < stacked ? a.Type : a.Type with { Shape = a.Shape[1..] }), Body.Parameters) is { } problem) throw Error(problem);
        if (Body.Results.Length < Carries) throw Error($"the body gives {Body.Results.Length} results, fewer than the {Carries} carries");
        for (var i = 0; i < Carries; i++)
            if (Body.Results[i].Type != Args[Constants + i].Type)
                throw Error($"carry {i} begins as {Args[Constants + i].Type}, but a step makes it {Body.Results[i].Type}: a carry keeps its type, so convert or reshape one of them");
        return [.. Body.Results.Select((r, i) => i < Carries ? r.Type : r.Type with { Shape = r.Shape.Insert(0, Length) })];
    }

    private ImmutableArray<Expr> ConstantParameters => Body.Parameters[..Constants];

    private ImmutableArray<Expr> CarryParameters => Body.Parameters[Constants..(Constants + Carries)];

    private ImmutableArray<Expr> SliceParameters => Body.Parameters[(Constants + Carries)..];

    /// <summary>A scan like this one with another body and arguments.</summary>
    private ImmutableArray<Expr> Like(ImmutableArray<Expr> results, ImmutableArray<(Expr Parameter, Expr Argument)> constants,
        ImmutableArray<(Expr Parameter, Expr Argument)> carries, ImmutableArray<(Expr Parameter, Expr Argument)> slices, bool reverse) =>
        Prelude.results(Expr.Of(new Scan(
            new([.. constants.Concat(carries).Concat(slices).Select(p => p.Parameter)], results),
            constants.Length, carries.Length, Length, reverse, Keep, [.. constants.Concat(carries).Concat(slices).Select(p => p.Argument)])));

    private ImmutableArray<(Expr, Expr)> Bound(int from, int until) => [.. Enumerable.Range(from, until - from).Select(i => (Body.Parameters[i], Args[i]))];

    /// <summary>One loop for values and tangents: a carry has a tangent where it has one at first or a step gives it one.</summary>
    internal override Pushed Push(Expr y, ImmutableArray<Expr?> ts)
    {
        var (k, x) = (Constants, Constants + Carries);
        var body = Exposed.Of(Body.Results, Body.Parameters, reverse: false);
        var moving = ts.Select(t => t is not null).ToImmutableArray();
        var carried = Loop.Reached(body[..Carries], CarryParameters, Body.Parameters.Where((_, i) => moving[i] && (i < k || i >= x)), moving[k..x]);
        moving = [.. moving[..k], .. carried, .. moving[x..]];
        var seeds = Loop.Named("d", Body.Parameters);
        var active = moving.Places(m => m);
        var (values, tangents) = Jvp.Of(body, Body.Parameters.Pick(active), seeds.Pick(active));
        var live = Enumerable.Range(Carries, tangents.Length - Carries).Where(i => tangents[i] is not null).ToImmutableArray();
        ImmutableArray<(Expr, Expr)> Moving(int from, int until) =>
            [.. Bound(from, until), .. active.Where(i => i >= from && i < until).Select(i => (seeds[i], ts[i] ?? zerosLike(Args[i])))];
        var places = carried.Places(c => c);
        var joint = Like(
            [.. values[..Carries], .. places.Select(i => tangents[i] ?? zerosLike(values[i])), .. values[Carries..], .. live.Select(i => tangents[i]!)],
            Moving(0, k), Moving(k, x), Moving(x, Args.Count), Reverse);
        var (n, stacked) = (values.Length - Carries, Carries + places.Length);
        return new(
            [.. Enumerable.Range(0, values.Length).Select(i => i < Carries ? places.Contains(i) ? joint[Carries + places.IndexOf(i)] : null
                : live.Contains(i) ? joint[stacked + n + live.IndexOf(i)] : null)],
            [.. joint[..Carries], .. joint[stacked..(stacked + n)]]);
    }

    /// <summary>A loop that keeps what the tangents of its steps read, where it keeps residuals, and a loop of tangents that is linear in them.</summary>
    internal override Pushed PushApart(Expr y, ImmutableArray<Expr?> ts)
    {
        if (Keep != Residuals.Store) return base.PushApart(y, ts);
        var (k, x, p) = (Constants, Constants + Carries, Body.Parameters);
        var body = Exposed.Inlined(Body.Results, p);
        var moving = ts.Select(t => t is not null).ToImmutableArray();
        var carried = Loop.Reached(body[..Carries], CarryParameters, p.Where((_, i) => moving[i] && (i < k || i >= x)), moving[k..x]);
        var active = ImmutableArray.CreateRange([.. moving[..k], .. carried, .. moving[x..]]).Places(m => m);
        var seeds = Loop.Named("d", p);
        var (values, tangents) = Jvp.Of(new Walk(body), p.Pick(active), p.Pick(active), seeds.Pick(active), apart: true);
        var (places, live) = (carried.Places(c => c), tangents.Places(t => t is not null).RemoveAll(i => i < Carries));
        ImmutableArray<Expr> linear = [.. places.Select(i => tangents[i] ?? zerosLike(values[i])), .. live.Select(i => tangents[i]!)];
        linear = Exposed.Inlined(linear, seeds);
        var residuals = new StepResiduals(this, values, Closure.Captured(linear, seeds.Pick(active)));
        var forward = residuals.Forward();
        ImmutableArray<(Expr, Expr)> Moving(int from, int until) => [.. active.Where(i => i >= from && i < until).Select(i => (seeds[i], ts[i] ?? zerosLike(Args[i])))];
        var pushed = Like(residuals.Read(linear), [.. residuals.Constants.Zip(residuals.ConstantArgs), .. Moving(0, k)], Moving(k, x),
            [.. residuals.Stacked.Zip(residuals.StackedArgs(forward)), .. Moving(x, Args.Count)], Reverse);
        var of = places.Concat(live).Zip(pushed, KeyValuePair.Create).ToDictionary();
        return new([.. Enumerable.Range(0, values.Length).Select(i => of.GetValueOrDefault(i))], forward[..values.Length]);
    }

    /// <summary>One loop for all coefficients: a carry has them where it has some at first or a step gives it some.</summary>
    ImmutableArray<ImmutableArray<Expr?>> IExpands.Expand(ImmutableArray<ImmutableArray<Expr?>> args)
    {
        var (k, x, order) = (Constants, Constants + Carries, args[0].Length - 1);
        var moving = args.Select(a => a.Skip(1).Any(c => c is not null)).ToImmutableArray();
        var carried = Loop.Reached(Body.Results[..Carries], CarryParameters, Body.Parameters.Where((_, i) => moving[i] && (i < k || i >= x)), moving[k..x]);
        var terms = Jet.Terms(args.Length, order, t => t.Place >= k && t.Place < x ? carried[t.Place - k] : args[t.Place][t.Order] is not null);
        var body = new Jet(Body, terms, order);
        var made = Jet.Terms(Body.Results.Length, order, t => t.Place < Carries ? carried[t.Place] : body.Has(t));
        return Jet.Spread(
            new Scan(body.To(made), terms.Count(t => t.Place < k), terms.Count(t => t.Place >= k && t.Place < x), Length, Reverse, Keep, Jet.Pick(args, terms)),
            made, Body.Results.Length, order);
    }

    internal override ImmutableArray<Expr>? Expose(Expr y, ImmutableArray<bool> active, bool reverse)
    {
        if (!reverse) return null;
        if (Keep == Residuals.SquareRoot) return InGroups();
        var adjoint = new ScanAdjoint(this, active, [.. y.Results.Select(t => t.DType.IsFloat)]);
        return adjoint.Missing.IsEmpty ? null : adjoint.Keeping()[..y.Results.Length];
    }

    internal override ImmutableArray<Expr?> Pull(Expr y, ImmutableArray<Expr?> cts, ImmutableArray<bool> active)
    {
        var adjoint = new ScanAdjoint(this, active, [.. cts.Select(ct => ct is not null)]);
        return adjoint.Of(adjoint.Missing.IsEmpty ? Prelude.results(y) : adjoint.Keeping(), cts);
    }

    /// <summary>
    /// Batching: the loop of all examples at once, step by step. A carry has the batch where it has it at first or a step gives it to it; stacked
    /// inputs and outputs have it behind the axis of the steps.
    /// </summary>
    internal override ImmutableArray<Image> Batched(Batching b)
    {
        var (k, x) = (Constants, Constants + Carries);
        var carried = Loop.Reached(Body.Results[..Carries], CarryParameters, Body.Parameters.Where((_, i) => b.Has(i) && (i < k || i >= x)), b.Mapped[k..x], floats: false);
        ImmutableArray<bool> mapped = [.. b.Mapped[..k], .. carried, .. b.Mapped[x..]];
        var (body, batched) = b.Body(Body, mapped, [.. carried, .. Body.Results.Skip(Carries).Select(_ => false)]);
        ImmutableArray<Expr> args = [.. b.All.Select((a, i) => i < k || !mapped[i] ? a : i < x ? b.Full(i) : moveAxis(a, 0, 1))];
        var results = Prelude.results(Expr.Of(this with { Body = body, Args = args }));
        return [.. results.Select((r, i) => new Image(i >= Carries && batched[i] ? moveAxis(r, 1, 0) : r, batched[i]))];
    }

    /// <summary>Tapped values are stacked, as other outputs are.</summary>
    internal override (ImmutableArray<Expr> Results, ImmutableArray<Shown> Taps) Show(ImmutableArray<Showing> bodies) =>
        Prelude.results(Expr.Of(this with { Body = bodies[0].Program })) is var all ? (all[..Body.Results.Length], bodies[0].Of(all)) : default;

    internal override ImmutableArray<Expr?>? Narrowed(ImmutableArray<bool> read)
    {
        var (k, x, p) = (Constants, Constants + Carries, Body.Parameters);
        ImmutableArray<Expr> outputs = [.. Body.Results.Where((_, i) => i >= Carries && read[i])];
        var (carried, needed) = Loop.Needed(Body.Results[..Carries], CarryParameters, outputs, read[..Carries]);
        ImmutableArray<bool> kept = [.. p.Select((v, i) => i >= k && i < x ? carried[i - k] : needed.Contains(v))];
        if (!kept.Contains(false) && !read[Carries..].Contains(false)) return null;
        ImmutableArray<(Expr, Expr)> Kept(int from, int until) => [.. Bound(from, until).Where((_, i) => kept[from + i])];
        var results = Like([.. Body.Results.Where((_, i) => i < Carries && carried[i]), .. outputs], Kept(0, k), Kept(k, x), Kept(x, p.Length), Reverse);
        var next = 0;
        return [.. read.Select((r, i) => (i < Carries ? carried[i] : r) ? results[next++] : null)];
    }

    /// <summary>About √n groups of about √n steps, the steps left over in a group of their own: groups are computed again, steps within them stored.</summary>
    private ImmutableArray<Expr> InGroups()
    {
        var groups = (int)Math.Round(Math.Sqrt(Length));
        var size = groups == 0 ? 0 : Length / groups;
        var (most, x) = (groups * size, Constants + Carries);
        var (start, rest) = Reverse ? (Length - most, 0) : (0, most);
        var steps = this with { Keep = Residuals.Store };
        ImmutableArray<Expr> Some(int from, int count) => [.. Args.Items[x..].Select(a => slice(a, 0, from..(from + count)))];
        ImmutableArray<Expr> grouped = [.. Some(start, most).Select(a => reshape(a, Shape.Of([groups, size]).Concat(a.Shape[1..])))];
        ImmutableArray<Expr> parameters = [.. Body.Parameters[..x].Select(p => variable(p.Label, p.Type)), .. grouped.Select((g, i) => variable($"x{i}", g.Type with { Shape = g.Shape[1..] }))];
        var group = Prelude.results(Expr.Of(steps with { Length = size, Args = parameters }));
        var all = Prelude.results(Expr.Of(new Scan(new(parameters, group), Constants, Carries, groups, Reverse, Residuals.Recompute, [.. Args.Items[..x], .. grouped])));
        ImmutableArray<Expr> ys = [.. all[Carries..].Select(s => reshape(s, Shape.Of([most]).Concat(s.Shape[2..])))];
        if (most == Length) return [.. all[..Carries], .. ys];
        var tail = Prelude.results(Expr.Of(steps with { Length = Length - most, Args = [.. Args.Items[..Constants], .. all[..Carries], .. Some(rest, Length - most)] }));
        return [.. tail[..Carries], .. ys.Select((s, i) => Reverse ? concat(0, tail[Carries + i], s) : concat(0, s, tail[Carries + i]))];
    }
}
