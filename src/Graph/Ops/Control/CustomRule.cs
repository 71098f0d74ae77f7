using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// A function with a derivative of its own: <see cref="Rule"/> takes the arguments, the results and the results' cotangents to the arguments'
/// cotangents. It has no forward mode unless that is derived by transposing twice, which the rule's linearity in the cotangents allows.
/// </summary>
public sealed record CustomVjp(Function Body, Function Rule, ValueArray<Expr> Args) : Applied(Body, Args)
{
    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new CustomVjp(Body, Rule, inputs);

    /// <inheritdoc/>
    public override ImmutableArray<Function> Bodies => [Body, Rule];

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("body", Body), new("rule", Rule)];

    /// <summary>
    /// Batching: the batched body with the batched rule. All results have the batch, so that every cotangent is one example's; that of an
    /// argument which all examples share is the sum of theirs.
    /// </summary>
    internal override ImmutableArray<Image> Batched(Batching b)
    {
        var body = b.Full(Body, b.Mapped);
        ImmutableArray<bool> results = [.. body.Results.Select(_ => true)];
        var rule = b.Full(Rule, [.. b.Mapped, .. results, .. results]);
        var cts = rule.Results.Select((ct, i) => b.Has(i) ? ct : ct.DType.IsFloat ? Prelude.sum(ct, 0) : Prelude.zeros(Args[i].Type));
        return Image.Of(Expr.Of(new CustomVjp(body, new(rule.Parameters, [.. cts]), b.All)), results);
    }

    internal override ImmutableArray<TensorType> Infer()
    {
        var types = base.Infer();
        ImmutableArray<TensorType> takes = [.. Args.Items.Select(a => a.Type), .. types, .. types];
        return CustomJvp.Fits(Rule, takes, [.. Args.Items.Select(a => a.Type)]) is { } problem ? throw Error(problem) : types;
    }

    internal override Control WithBodies(ImmutableArray<Function> bodies) => new CustomVjp(bodies[0], bodies[1], Args);

    /// <summary>A reverse rule is linear in the cotangents, and its transpose is the forward rule.</summary>
    internal override Pushed Push(Expr y, ImmutableArray<Expr?> ts)
    {
        ImmutableArray<Expr> cts = [.. y.Results.Select((t, i) => Prelude.variable($"ct{i}", t))];
        return new(Vjp.Of(Provenance.Made("jvp", y, Rule.Inline([.. Args, .. Prelude.results(y), .. cts])), ts, cts));
    }

    internal override ImmutableArray<Expr?> Pull(Expr y, ImmutableArray<Expr?> cts, ImmutableArray<bool> active) =>
        [.. Rule.Inline([.. Args, .. Prelude.results(y), .. cts.Select((ct, i) => ct ?? Prelude.zeros(y.Results[i]))])];
}

/// <summary>
/// A function with a derivative of its own: <see cref="Rule"/> takes the arguments and their tangents, in which it is linear, to the results'
/// tangents. Reverse mode transposes the rule.
/// </summary>
public sealed record CustomJvp(Function Body, Function Rule, ValueArray<Expr> Args) : Applied(Body, Args)
{
    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new CustomJvp(Body, Rule, inputs);

    /// <inheritdoc/>
    public override ImmutableArray<Function> Bodies => [Body, Rule];

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("body", Body), new("rule", Rule)];

    /// <summary>Batching: the batched body with the batched rule; all results have the batch, and the tangents that have it are those of the arguments that do.</summary>
    internal override ImmutableArray<Image> Batched(Batching b)
    {
        var body = b.Full(Body, b.Mapped);
        return Image.Of(Expr.Of(new CustomJvp(body, b.Full(Rule, [.. b.Mapped, .. b.Mapped]), b.All)), [.. body.Results.Select(_ => true)]);
    }

    internal override ImmutableArray<TensorType> Infer()
    {
        var types = base.Infer();
        ImmutableArray<TensorType> args = [.. Args.Items.Select(a => a.Type)];
        return Fits(Rule, [.. args, .. args], types) is { } problem ? throw Error(problem) : types;
    }

    internal override Control WithBodies(ImmutableArray<Function> bodies) => new CustomJvp(bodies[0], bodies[1], Args);

    internal override Pushed Push(Expr y, ImmutableArray<Expr?> ts) =>
        new([.. Rule.Inline([.. Args, .. ts.Select((t, i) => t ?? Prelude.zerosLike(Args[i]))])]);

    /// <summary>A forward rule is linear in the tangents, and its transpose is the reverse rule.</summary>
    internal override ImmutableArray<Expr?> Pull(Expr y, ImmutableArray<Expr?> cts, ImmutableArray<bool> active)
    {
        ImmutableArray<Expr> tangents = [.. Args.Items.Select((a, i) => Prelude.variable($"t{i}", a.Type))];
        return Vjp.Of(Provenance.Made("vjp", y, Rule.Inline([.. Args, .. tangents])), cts, tangents);
    }

    internal static string? Fits(Function rule, ImmutableArray<TensorType> takes, ImmutableArray<TensorType> gives)
    {
        var (taken, given) = (rule.Parameters.Select(p => p.Type), rule.Results.Select(r => r.Type));
        return taken.SequenceEqual(takes) && given.SequenceEqual(gives) ? null
            : $"the rule is ({string.Join(", ", taken)}) → ({string.Join(", ", given)}), but must be ({string.Join(", ", takes)}) → ({string.Join(", ", gives)})";
    }
}

public static partial class Prelude
{
    /// <summary>f with a reverse rule of its own: (arguments, results, cotangents) ↦ the arguments' cotangents.</summary>
    public static ImmutableArray<Expr> customVjp(
        Func<ImmutableArray<Expr>, ImmutableArray<Expr>> f,
        Func<ImmutableArray<Expr>, ImmutableArray<Expr>, ImmutableArray<Expr>, ImmutableArray<Expr>> rule,
        params ImmutableArray<Expr> args)
    {
        var body = Function.Trace(f, Named("x", args.Select(a => a.Type)));
        var (n, m) = (args.Length, body.Results.Length);
        var types = body.Results.Select(r => r.Type).ToImmutableArray();
        var backward = Function.Trace(
            p => rule(p[..n], p[n..(n + m)], p[(n + m)..]),
            [.. Named("x", args.Select(a => a.Type)), .. Named("y", types), .. Named("ct", types)]);
        return results(Expr.Of(new CustomVjp(body, backward, args)));
    }

    /// <summary>f with a forward rule of its own: (arguments, tangents) ↦ the results' tangents.</summary>
    public static ImmutableArray<Expr> customJvp(
        Func<ImmutableArray<Expr>, ImmutableArray<Expr>> f,
        Func<ImmutableArray<Expr>, ImmutableArray<Expr>, ImmutableArray<Expr>> rule,
        params ImmutableArray<Expr> args)
    {
        var types = args.Select(a => a.Type).ToImmutableArray();
        var forward = Function.Trace(p => rule(p[..args.Length], p[args.Length..]), [.. Named("x", types), .. Named("t", types)]);
        return results(Expr.Of(new CustomJvp(Function.Trace(f, Named("x", types)), forward, args)));
    }

    private static ImmutableArray<(string, TensorType)> Named(string stem, IEnumerable<TensorType> types) => [.. types.Select((t, i) => ($"{stem}{i}", t))];
}
