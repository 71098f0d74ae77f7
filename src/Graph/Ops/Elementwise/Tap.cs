using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// x itself, under a name by which its value can be asked for: <c>taps</c> makes the tapped values results of the program. A tap changes nothing:
/// interpreters drop it where nobody asks. Its tangent and its cotangent are tapped under the same name with a prime for each derivative.
/// </summary>
public sealed record Tap(Expr X, string Label, int Order = 0) : Elementwise
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [X];

    /// <summary>The name of the value: the label, with a prime for each time it was differentiated.</summary>
    public string Shown => Label + new string('\'', Order);

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { X = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("label", Label), new("order", Order)];

    /// <inheritdoc/>
    public override Expr? Chain(int input, Expr y, Expr t) => Expr.Of(new Tap(t, Label, Order + 1));

    /// <inheritdoc/>
    public override bool Moves => true;

    internal override ImmutableArray<TensorType> Infer() => Order < 0 ? throw Error($"the order {Order} of a derivative is negative") : [X.Type];
}

public static partial class Prelude
{
    /// <summary>x itself, its value to be looked at under a name, and its cotangent under the name with a prime. See <see cref="Tap"/> and <see cref="taps"/>.</summary>
    public static Expr tap(Expr x, string name) => Expr.Of(new Tap(x, name));
}
