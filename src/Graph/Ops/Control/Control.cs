using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Owns closed functions, and is differentiated by them. It may have several results, which <see cref="Result"/> picks. Its laws are how
/// tangents go forward through it and cotangents back, and what it is for a batch.
/// </summary>
public abstract record Control(ValueArray<Expr> Args) : Op
{
    /// <inheritdoc/>
    public sealed override ImmutableArray<Expr> Inputs => Args.Items;

    /// <summary>The arithmetic of a function that it owns.</summary>
    private protected static long FlopsOf(Function f) => f.Nodes.Sum(n => n.Op.Flops);

    /// <summary>The functions that it owns.</summary>
    public abstract ImmutableArray<Function> Bodies { get; }

    /// <summary>The same op with other functions, as many as <see cref="Bodies"/>, that compute the same.</summary>
    internal abstract Control WithBodies(ImmutableArray<Function> bodies);

    /// <summary>The tangents of the results, each null where zero, given those of the arguments.</summary>
    internal abstract Pushed Push(Expr y, ImmutableArray<Expr?> ts);

    /// <summary>
    /// The same where no value may depend on a tangent: values as they are, or of a node that also keeps what the tangents read. Where the op does not
    /// say how to, tangents compute the values again.
    /// </summary>
    internal virtual Pushed PushApart(Expr y, ImmutableArray<Expr?> ts) => new(Push(y, ts).Tangents);

    /// <summary>The cotangents of the arguments, each null where zero, given those of the results.</summary>
    /// <param name="y">The node of this op.</param>
    /// <param name="cts">The results' cotangents, null where zero.</param>
    /// <param name="active">Which arguments' cotangents are asked for.</param>
    internal abstract ImmutableArray<Expr?> Pull(Expr y, ImmutableArray<Expr?> cts, ImmutableArray<bool> active);

    /// <summary>
    /// The results as differentiation wants to find them: by the ops of a body, or by a node that keeps what reverse mode reads; null where
    /// they are as they should be.
    /// </summary>
    /// <param name="y">The node of this op.</param>
    /// <param name="active">Which arguments depend on what is differentiated.</param>
    /// <param name="reverse">Whether for reverse mode.</param>
    internal virtual ImmutableArray<Expr>? Expose(Expr y, ImmutableArray<bool> active, bool reverse) => null;

    /// <summary>
    /// The op of every example of a batch at once, at least one argument having the batch at axis 0: for each result its image, with the batch
    /// at axis 0 where it has one. <see cref="Batching.Body"/> batches the functions that the op owns.
    /// </summary>
    internal abstract ImmutableArray<Image> Batched(Batching b);

    /// <summary>
    /// The results, and what the taps of the op's functions show: at each step, or of the branch that is taken.
    /// </summary>
    /// <param name="bodies"><see cref="Bodies"/>, their taps' values among their results.</param>
    internal abstract (ImmutableArray<Expr> Results, ImmutableArray<Shown> Taps) Show(ImmutableArray<Showing> bodies);

    /// <summary>
    /// The results of an op that computes and takes less, null for those that it drops; null where all is needed.
    /// </summary>
    /// <param name="read">Which results something reads, at least one.</param>
    internal virtual ImmutableArray<Expr?>? Narrowed(ImmutableArray<bool> read) => null;

    /// <summary>What is wrong with arguments for a function's parameters; null where they fit.</summary>
    private protected static string? Misfit(IEnumerable<TensorType> args, ImmutableArray<Expr> parameters)
    {
        var given = args.ToList();
        if (given.Count != parameters.Length) return $"{given.Count} arguments are given to a function of {parameters.Length} parameters";
        for (var i = 0; i < given.Count; i++)
            if (given[i] != parameters[i].Type) return $"argument {i} has type {given[i]}, but parameter {parameters[i].Label} has {parameters[i].Type}";
        return null;
    }
}

/// <summary>What forward mode makes of a node: the tangents of its results, null where zero, and, where a new node computes both together, its values.</summary>
internal readonly record struct Pushed(ImmutableArray<Expr?> Tangents, ImmutableArray<Expr> Values = default);

/// <summary>A <see cref="Control"/> op whose results are those of its body at its arguments.</summary>
public abstract record Applied(Function Body, ValueArray<Expr> Args) : Control(Args)
{
    /// <inheritdoc/>
    public override ImmutableArray<Function> Bodies => [Body];

    /// <inheritdoc/>
    public override long Flops => FlopsOf(Body);

    internal override ImmutableArray<TensorType> Infer() => Misfit(Args.Items.Select(a => a.Type), Body.Parameters) is { } problem
        ? throw Error(problem)
        : [.. Body.Results.Select(r => r.Type)];

    /// <summary>The body in its place.</summary>
    internal sealed override (ImmutableArray<Expr> Results, ImmutableArray<Shown> Taps) Show(ImmutableArray<Showing> bodies) =>
        bodies[0].Program.Inline(Args.Items) is var all ? (all[..Body.Results.Length], bodies[0].Of(all)) : default;

    /// <summary>A call of the tangent function of the body: (arguments, tangents of those that have one) ↦ tangents of the results.</summary>
    internal override Pushed Push(Expr y, ImmutableArray<Expr?> ts)
    {
        ImmutableArray<int> moving = [.. Enumerable.Range(0, ts.Length).Where(i => ts[i] is not null)];
        ImmutableArray<Expr> seeds = [.. moving.Select(i => Prelude.variable($"d{Body.Parameters[i].Label}", Args[i].Type))];
        var tangents = Jvp.Of(Body.Results, [.. moving.Select(i => Body.Parameters[i])], seeds).Tangents;
        ImmutableArray<int> live = [.. Enumerable.Range(0, tangents.Length).Where(i => tangents[i] is not null)];
        if (live.IsEmpty) return new([.. tangents]);
        var called = Prelude.call(
            new Function([.. Body.Parameters, .. seeds], [.. live.Select(i => tangents[i]!)]),
            [.. Args, .. moving.Select(i => ts[i]!)]);
        return new([.. tangents.Select((t, i) => t is null ? null : called[live.IndexOf(i)])]);
    }

    /// <summary>A call of the adjoint function of the body: (arguments, cotangents of the results) ↦ cotangents of the active arguments.</summary>
    internal override ImmutableArray<Expr?> Pull(Expr y, ImmutableArray<Expr?> cts, ImmutableArray<bool> active)
    {
        ImmutableArray<int> live = [.. Enumerable.Range(0, cts.Length).Where(i => cts[i] is not null)];
        ImmutableArray<Expr?> seeds = [.. cts.Select((ct, i) => ct is null ? null : Prelude.variable($"ct{i}", ct.Type))];
        var pulled = Vjp.Of(Body.Results, seeds, [.. Body.Parameters.Where((_, i) => active[i])]);
        if (pulled.All(ct => ct is null)) return [.. active.Select(_ => (Expr?)null)];
        var adjoint = Taps.Without([.. pulled.Where(ct => ct is not null).Select(ct => ct!)], Body.Results);
        var called = Prelude.call(
            new Function([.. Body.Parameters, .. live.Select(i => seeds[i]!)], adjoint),
            [.. Args, .. live.Select(i => cts[i]!)]);
        var (next, at) = (0, 0);
        return [.. active.Select(a => a && pulled[next++] is not null ? called[at++] : null)];
    }
}
