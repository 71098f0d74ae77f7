using System.Collections.Immutable;

namespace Functional;

/// <summary>The results of a closed function at arguments, not inlined: however often it is called, its graph stands once.</summary>
public sealed record Call(Function Body, ValueArray<Expr> Args) : Applied(Body, Args)
{
    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new Call(Body, inputs);

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("body", Body)];

    internal override Control WithBodies(ImmutableArray<Function> bodies) => new Call(bodies[0], Args);

    /// <summary>Batching: a call of the batched body.</summary>
    internal override ImmutableArray<Image> Batched(Batching b)
    {
        var (body, batched) = b.Body(Body, b.Mapped);
        return Image.Of(Expr.Of(new Call(body, b.All)), batched);
    }
}

public static partial class Prelude
{
    /// <summary>The results of a function at arguments, as a <see cref="Call"/>.</summary>
    public static ImmutableArray<Expr> call(Function f, params ReadOnlySpan<Expr> args) => results(Expr.Of(new Call(f, [.. args])));
}
