using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// A loop of unknown but bounded length: while Condition(constants, carries) holds, and at most Limit times, carries ← Body(constants, carries).
/// Arguments are the constants and the first carries; results are the last carries. The bound is what lets reverse mode go through it: its
/// adjoint is that of a scan of Limit steps, of which those past the end do nothing. StableHLO <c>while</c>.
/// </summary>
/// <param name="Condition">(constants…, carries…) ↦ a bool scalar.</param>
/// <param name="Body">(constants…, carries…) ↦ carries.</param>
/// <param name="Constants">How many arguments are the same in each step.</param>
/// <param name="Limit">The most steps.</param>
/// <param name="Args">Constants, carries.</param>
public sealed record While(Function Condition, Function Body, int Constants, int Limit, ValueArray<Expr> Args) : Control(Args), IExpands
{
    /// <inheritdoc/>
    public override ImmutableArray<Function> Bodies => [Condition, Body];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { Args = inputs };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("condition", Condition), new("body", Body), new("constants", Constants), new("limit", Limit)];

    /// <summary>That of condition and body, as often as the loop may run.</summary>
    public override long Flops => Limit * (FlopsOf(Condition) + FlopsOf(Body));

    internal override Control WithBodies(ImmutableArray<Function> bodies) => this with { Condition = bodies[0], Body = bodies[1] };

    internal override ImmutableArray<TensorType> Infer()
    {
        if (Constants < 0 || Args.Count <= Constants || Limit < 0) throw Error($"{Args.Count} arguments do not hold {Constants} constants and at least one carry");
        if (Misfit(Args.Items.Select(a => a.Type), Condition.Parameters) is { } problem) throw Error($"condition: {problem}");
        if (Misfit(Args.Items.Select(a => a.Type), Body.Parameters) is { } misfit) throw Error($"body: {misfit}");
        if (Condition.Results.Length != 1 || Condition.Results[0].Type != TensorType.Bool())
            throw Error($"the condition gives {string.Join(", ", Condition.Results.Select(r => r.Type))}, but must give one bool scalar");
        if (Body.Results.Length != Args.Count - Constants) throw Error($"the body gives {Body.Results.Length} results for {Args.Count - Constants} carries");
        for (var i = 0; i < Body.Results.Length; i++)
            if (Body.Results[i].Type != Args[Constants + i].Type)
                throw Error($"carry {i} begins as {Args[Constants + i].Type}, but a step makes it {Body.Results[i].Type}: a carry keeps its type, so convert or reshape one of them");
        return [.. Body.Results.Select(r => r.Type)];
    }

    /// <summary>One loop for values and tangents.</summary>
    internal override Pushed Push(Expr y, ImmutableArray<Expr?> ts)
    {
        var (k, p) = (Constants, Body.Parameters);
        var body = Exposed.Of(Body.Results, p, reverse: false);
        var moving = ts.Select(t => t is not null).ToImmutableArray();
        var carried = Loop.Reached(body, p[k..], p[..k].Where((_, i) => moving[i]), moving[k..]).Places(c => c);
        ImmutableArray<int> active = [.. moving[..k].Places(m => m), .. carried.Select(i => k + i)];
        var seeds = Loop.Named("d", p);
        var (values, tangents) = Jvp.Of(body, p.Pick(active), seeds.Pick(active));
        ImmutableArray<Expr> With(ImmutableArray<Expr> all, Func<int, Expr> tangent) =>
            [.. all[..k], .. active.Where(i => i < k).Select(tangent), .. all[k..], .. active.Where(i => i >= k).Select(tangent)];
        var parameters = With(p, i => seeds[i]);
        var joint = results(Expr.Of(new While(
            new(parameters, Condition.Inline(p)),
            new(parameters, [.. values, .. carried.Select(i => tangents[i] ?? zerosLike(values[i]))]),
            k + active.Count(i => i < k), Limit, With(Args.Items, i => ts[i] ?? zerosLike(Args[i])))));
        var n = values.Length;
        return new([.. Enumerable.Range(0, n).Select(i => carried.IndexOf(i) is >= 0 and var at ? joint[n + at] : null)], joint[..n]);
    }

    /// <summary>One loop for all coefficients, which goes on as the values say.</summary>
    ImmutableArray<ImmutableArray<Expr?>> IExpands.Expand(ImmutableArray<ImmutableArray<Expr?>> args)
    {
        var (k, order) = (Constants, args[0].Length - 1);
        var moving = args.Select(a => a.Skip(1).Any(c => c is not null)).ToImmutableArray();
        var carried = Loop.Reached(Body.Results, Body.Parameters[k..], Body.Parameters[..k].Where((_, i) => moving[i]), moving[k..]);
        var terms = Jet.Terms(args.Length, order, t => t.Place < k ? args[t.Place][t.Order] is not null : carried[t.Place - k]);
        var made = Jet.Terms(carried.Length, order, t => carried[t.Place]);
        var body = new Jet(Body, terms, order).To(made);
        var test = new Function(body.Parameters, Condition.Inline([.. body.Parameters.Where((_, i) => terms[i].Order == 0)]));
        return Jet.Spread(new While(test, body, terms.Count(t => t.Place < k), Limit, Jet.Pick(args, terms)), made, carried.Length, order);
    }

    internal override ImmutableArray<Expr>? Expose(Expr y, ImmutableArray<bool> active, bool reverse) => reverse ? AsScan() : null;

    internal override ImmutableArray<Expr?> Pull(Expr y, ImmutableArray<Expr?> cts, ImmutableArray<bool> active)
    {
        var scan = AsScan()[0].Inputs[0];
        var pulled = ((Scan)scan.Op).Pull(scan, [null, .. cts], [.. active[..Constants], false, .. active[Constants..]]);
        return pulled.RemoveAt(Constants);
    }

    /// <summary>
    /// Batching: the loop of all examples at once. Where the condition differs between examples, it goes on until it holds for none, and an
    /// example for which it no longer holds keeps its carries.
    /// </summary>
    internal override ImmutableArray<Image> Batched(Batching b)
    {
        var (k, p) = (Constants, Body.Parameters);
        var carried = Loop.Reached(Body.Results, p[k..], p[..k].Where((_, i) => b.Has(i)), b.Mapped[k..], floats: false);
        var apart = b.Body(Condition, [.. b.Mapped[..k], .. carried]).Batched[0];
        if (apart) carried = [.. carried.Select(_ => true)];
        ImmutableArray<bool> mapped = [.. b.Mapped[..k], .. carried];
        var (test, step) = (b.Body(Condition, mapped).Body, b.Body(Body, mapped, carried).Body);
        if (apart)
        {
            var state = step.Parameters[k..];
            var runs = test.Inline(step.Parameters)[0];
            Expr Kept(Expr now, Expr before) => where(broadcast(runs, now.Shape, 0), now, before);
            (test, step) = (new(test.Parameters, [any(test.Results[0])]), new(step.Parameters, [.. step.Results.Zip(state, Kept)]));
        }
        return Image.Of(Expr.Of(new While(test, step, k, Limit, [.. b.All.Select((a, i) => i >= k && mapped[i] ? b.Full(i) : a)])), carried);
    }

    /// <summary>Tapped values are carried, a block for each step that there can be; zeros for steps that there are not.</summary>
    internal override (ImmutableArray<Expr> Results, ImmutableArray<Shown> Taps) Show(ImmutableArray<Showing> bodies)
    {
        var (k, p, test, all) = (Constants, Body.Parameters, bodies[0].Program.Inline(Body.Parameters), bodies[1].Program.Results);
        ImmutableArray<Shown> shown = [.. bodies[0].Of(test), .. bodies[1].Of(all)];
        TensorType Stacked(Shown s) => s.Value.Type with { Shape = s.Value.Shape.Insert(0, Limit) };
        var (step, stacks) = (variable("step", DType.I32), shown.Select(s => variable(s.Label, Stacked(s))).ToImmutableArray());
        Expr With(Expr stack, Expr value) => Limit == 0 ? stack
            : dynamicUpdateSlice(stack, expandDims(value, 0), concat(0, reshape(step, 1), zeros(TensorType.I32(value.Rank))));
        ImmutableArray<Expr> parameters = [.. p, step, .. stacks];
        var results = Prelude.results(Expr.Of(new While(
            new(parameters, test[..1]),
            new(parameters, [.. all[..Body.Results.Length], step + 1, .. stacks.Zip(shown, (stack, s) => With(stack, s.Value))]),
            k, Limit, [.. Args, constant(0, DType.I32), .. shown.Select(s => zeros(Stacked(s)))])));
        var n = Body.Results.Length;
        return (results[..n], [.. shown.Select((s, i) => s with { Value = results[n + 1 + i] })]);
    }

    internal override ImmutableArray<Expr?>? Narrowed(ImmutableArray<bool> read)
    {
        var (k, p) = (Constants, Body.Parameters);
        var test = Condition.Inline(p);
        var (carried, needed) = Loop.Needed(Body.Results, p[k..], test, read);
        ImmutableArray<bool> kept = [.. p.Select((v, i) => i < k ? needed.Contains(v) : carried[i - k])];
        if (!kept.Contains(false) || !carried.Contains(true)) return null;
        ImmutableArray<Expr> parameters = [.. p.Where((_, i) => kept[i])];
        var results = Prelude.results(Expr.Of(new While(
            new(parameters, test), new(parameters, [.. Body.Results.Where((_, i) => carried[i])]), kept[..k].Count(c => c), Limit, [.. Args.Items.Where((_, i) => kept[i])])));
        var next = 0;
        return [.. carried.Select(c => c ? results[next++] : null)];
    }

    /// <summary>The same by a scan over all steps that there can be, with a carry that says whether the loop still runs.</summary>
    private ImmutableArray<Expr> AsScan()
    {
        var (k, p) = (Constants, Body.Parameters);
        var running = variable("running", TensorType.Bool());
        var runs = and(running, Condition.Inline(p)[0]);
        var next = results(Expr.Of(new Switch([new(p, p[k..]), Body], [convert(runs, DType.I32), .. p])));
        return results(Expr.Of(new Scan(
            new([.. p[..k], running, .. p[k..]], [runs, .. next]), k, 1 + Args.Count - k, Limit, false, Residuals.Store,
            [.. Args.Items[..k], constant<bool>([], true), .. Args.Items[k..]])))[1..];
    }
}
