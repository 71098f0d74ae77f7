using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Which intermediate values of a checkpointed function are kept from its forward pass to its adjoint; all others are computed again.
/// JAX's <c>checkpoint_policies</c>.
/// </summary>
public sealed record CheckpointPolicy
{
    private readonly string name;
    private readonly Func<Expr, bool> keeps;

    private CheckpointPolicy(string name, Func<Expr, bool> keeps) => (this.name, this.keeps) = (name, keeps);

    /// <summary>None: only the arguments.</summary>
    public static CheckpointPolicy NothingSaveable { get; } = new("nothingSaveable", _ => false);

    /// <summary>All: as if there were no checkpoint.</summary>
    public static CheckpointPolicy EverythingSaveable { get; } = new("everythingSaveable", _ => true);

    /// <summary>The results of dots and convolutions, which cost the most to compute again.</summary>
    public static CheckpointPolicy DotsSaveable { get; } = new("dotsSaveable", x => x.Op is Dot or Conv);

    /// <summary>Those that <c>checkpointName</c> gave one of these names.</summary>
    /// <exception cref="ArgumentException">A name has a comma, which is what names are told apart by.</exception>
    public static CheckpointPolicy SaveOnlyTheseNames(params ReadOnlySpan<string> names)
    {
        var kept = names.ToArray().Distinct().Order(StringComparer.Ordinal).ToArray();
        if (kept.FirstOrDefault(n => n.Contains(',', StringComparison.Ordinal)) is { } odd) throw new ArgumentException($"the name '{odd}' has a comma: choose another");
        return new($"saveOnly({string.Join(", ", kept)})", x => x.Op is CheckpointName n && kept.Contains(n.Label));
    }

    /// <summary>The policy of a name that <see cref="ToString"/> gave; null where there is none.</summary>
    internal static CheckpointPolicy? Named(string name) =>
        new[] { NothingSaveable, EverythingSaveable, DotsSaveable }.FirstOrDefault(p => p.name == name)
        ?? (name.StartsWith("saveOnly(", StringComparison.Ordinal) && name[^1] == ')' && SaveOnlyTheseNames(name[9..^1].Split(", ")) is var policy && policy.name == name ? policy : null);

    /// <summary>Whether a node's value is kept.</summary>
    internal bool Keeps(Expr node) => keeps(node);

    /// <summary>Equality of what is kept.</summary>
    public bool Equals(CheckpointPolicy? other) => other?.name == name;

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(name);

    /// <summary>The name, which says what is kept.</summary>
    public override string ToString() => name;
}

/// <summary>
/// A function that keeps few of its intermediate values for its adjoint, and computes the others again: memory for arithmetic. Its value is its
/// body's. Reverse mode recomputes behind barriers, so that sharing does not undo it, which wait for the cotangents, so that no plan computes
/// again before it must. What <see cref="Policy"/> keeps is among the results once it is differentiated. Chen et al., "Training deep nets with
/// sublinear memory cost" (2016); JAX's <c>checkpoint</c>.
/// </summary>
public sealed record Checkpoint(Function Body, CheckpointPolicy Policy, ValueArray<Expr> Args) : Applied(Body, Args), IExpands
{
    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new Checkpoint(Body, Policy, inputs);

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("body", Body), new("policy", Policy)];

    internal override Control WithBodies(ImmutableArray<Function> bodies) => new Checkpoint(bodies[0], Policy, Args);

    /// <summary>Batching: a checkpoint of the batched body.</summary>
    internal override ImmutableArray<Image> Batched(Batching b)
    {
        var (body, batched) = b.Body(Body, b.Mapped);
        return Image.Of(Expr.Of(new Checkpoint(body, Policy, b.All)), batched);
    }

    /// <summary>With the values that the policy keeps among the results, so that the adjoint can read them.</summary>
    internal override ImmutableArray<Expr>? Expose(Expr y, ImmutableArray<bool> active, bool reverse)
    {
        if (!reverse) return null;
        var moving = Body.Parameters.Where((_, i) => active[i]).ToImmutableArray();
        var roots = Exposed.Of(Body.Results, moving, reverse: true);
        var known = roots.Concat(Body.Parameters).ToHashSet();
        ImmutableArray<Expr> kept = [.. Fold.PostOrder(roots).Where(x => x.Op is not Leaf && x.Results.Length == 1 && Policy.Keeps(x) && known.Add(x))];
        return kept.IsEmpty && roots.SequenceEqual(Body.Results) ? null
            : Prelude.results(Expr.Of(new Checkpoint(new(Body.Parameters, [.. roots, .. kept]), Policy, Args)))[..roots.Length];
    }

    /// <summary>One checkpoint of values and tangents together, so that its adjoint recomputes once.</summary>
    internal override Pushed Push(Expr y, ImmutableArray<Expr?> ts)
    {
        ImmutableArray<int> moving = [.. Enumerable.Range(0, ts.Length).Where(i => ts[i] is not null)];
        ImmutableArray<Expr> seeds = [.. moving.Select(i => Prelude.variable($"d{Body.Parameters[i].Label}", Args[i].Type))];
        ImmutableArray<Expr> inputs = [.. moving.Select(i => Body.Parameters[i])];
        var (values, tangents) = Jvp.Of(Exposed.Of(Body.Results, inputs, reverse: false), inputs, seeds);
        if (tangents.All(t => t is null)) return new(tangents);
        var both = new Function([.. Body.Parameters, .. seeds], [.. values, .. tangents.Where(t => t is not null).Select(t => t!)]);
        var of = Prelude.results(Expr.Of(new Checkpoint(both, Policy, [.. Args, .. moving.Select(i => ts[i]!)])));
        var next = values.Length;
        return new([.. tangents.Select(t => t is null ? null : of[next++])], of[..values.Length]);
    }

    /// <summary>One checkpoint of all coefficients.</summary>
    ImmutableArray<ImmutableArray<Expr?>> IExpands.Expand(ImmutableArray<ImmutableArray<Expr?>> args) =>
        Jet.Chosen([Body], args, args[0].Length - 1, (bodies, operands) => new Checkpoint(bodies[0], Policy, operands));

    /// <summary>The adjoint of the body on the arguments and the values that are kept, all behind barriers: what is made of them is computed again.</summary>
    internal override ImmutableArray<Expr?> Pull(Expr y, ImmutableArray<Expr?> cts, ImmutableArray<bool> active)
    {
        ImmutableArray<Expr?> seeds = [.. cts.Select((ct, i) => ct is null ? null : Prelude.variable($"ct{i}", ct.Type))];
        var pulled = Vjp.Of(Body.Results, seeds, [.. Body.Parameters.Where((_, i) => active[i])]);
        var (images, bare) = (new Dictionary<Expr, Expr>(), Taps.Without([.. Body.Results, .. pulled.OfType<Expr>()], Body.Results));
        var (own, present) = (Provenance.Made("vjp", y, Prelude.results(y)), cts.Where(ct => ct is not null).Select(ct => ct!).ToArray());
        for (var i = 0; i < cts.Length; i++)
            if (seeds[i] is { } seed) images[seed] = cts[i]!;
        Expr Late(Expr x) => Provenance.Made("vjp", y, [Prelude.barrier(x, "checkpoint", [own[0], .. present])])[0];
        for (var i = 0; i < Args.Count; i++) images[Body.Parameters[i]] = Late(Args[i]);
        for (var i = 0; i < own.Length; i++)
            if (bare[i].Op is not Leaf && Policy.Keeps(Body.Results[i])) images[bare[i]] = Late(own[i]);
        var settled = Fold.Substitute(bare[own.Length..], images);
        var (next, at) = (0, 0);
        return [.. active.Select(a => a && pulled[next++] is not null ? settled[at++] : null)];
    }
}

public static partial class Prelude
{
    /// <summary>
    /// f, which keeps of its intermediate values only what a policy says (nothing, where not given) and computes the others again in its
    /// adjoint. See <see cref="Checkpoint"/>. f may close over expressions; what it computes of these alone is computed outside, once.
    /// </summary>
    public static Func<TIn, TOut> checkpoint<TIn, TOut>(Func<TIn, TOut> f, CheckpointPolicy? policy = null) => x =>
    {
        var point = Tree.Fresh(x);
        var inputs = Tree.Leaves(point);
        var traced = f(point);
        var (body, captured) = Closure.Of(Tree.Leaves(traced), inputs);
        return Tree.With(traced, results(Expr.Of(new Checkpoint(body, policy ?? CheckpointPolicy.NothingSaveable, [.. captured, .. Tree.Leaves(x)]))));
    };

    /// <inheritdoc cref="checkpoint{TIn, TOut}(Func{TIn, TOut}, CheckpointPolicy?)"/>
    public static Func<Expr, Expr> checkpoint(Func<Expr, Expr> f, CheckpointPolicy? policy = null) => checkpoint<Expr, Expr>(f, policy);
}
