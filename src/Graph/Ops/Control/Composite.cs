using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// A composition of ops under a name, by which an interpreter may recognise it and run a kernel of its own; what it means is its body, and it
/// is differentiated through it. StableHLO <c>composite</c>.
/// </summary>
public sealed record Composite(string Label, Function Body, ValueArray<Expr> Args) : Applied(Body, Args)
{
    /// <inheritdoc/>
    public override string Name => Label;

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new Composite(Label, Body, inputs);

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("body", Body)];

    internal override Control WithBodies(ImmutableArray<Function> bodies) => new Composite(Label, bodies[0], Args);

    internal override ImmutableArray<Expr>? Expose(Expr y, ImmutableArray<bool> active, bool reverse) => Body.Inline(Args.Items);

    /// <summary>Batching: the batched body, under a name of its own, for a kernel that knows this composite does not know the batched one.</summary>
    internal override ImmutableArray<Image> Batched(Batching b)
    {
        var (body, batched) = b.Body(Body, b.Mapped);
        return Image.Of(Expr.Of(new Composite($"vmap({Label})", body, b.All)), batched);
    }
}

public static partial class Prelude
{
    /// <summary>f of the arguments, as one node under a name.</summary>
    public static Expr composite(string name, Func<ImmutableArray<Expr>, Expr> f, params ReadOnlySpan<Expr> args)
    {
        var parameters = new (string, TensorType)[args.Length];
        for (var i = 0; i < args.Length; i++) parameters[i] = ($"a{i}", args[i].Type);
        return Expr.Of(new Composite(name, Function.Trace(a => [f(a)], [.. parameters]), [.. args]));
    }
}
