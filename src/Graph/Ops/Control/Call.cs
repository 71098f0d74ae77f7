using System.Collections.Immutable;

namespace Functional;

/// <summary>The results of a closed function at arguments, not inlined: however often it is called, its graph stands once.</summary>
public sealed record Call(Function Body, ValueArray<Expr> Args) : Control(Body, Args)
{
    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => new Call(Body, inputs);

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("body", Body)];
}

public static partial class Prelude
{
    /// <summary>The results of a function at arguments, as a <see cref="Call"/>.</summary>
    public static ImmutableArray<Expr> call(Function f, params ReadOnlySpan<Expr> args) => results(Expr.Of(new Call(f, [.. args])));
}
