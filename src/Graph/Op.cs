using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// What a node computes. An op is a value: two are equal when their attributes are equal and their inputs are the same nodes,
/// which is the key that sharing needs. Its kind (<see cref="Leaf"/>, <see cref="Elementwise"/>, <see cref="Linear"/>,
/// <see cref="Bilinear"/>, <see cref="Discrete"/>, <see cref="Control"/>) is the law by which it is differentiated.
/// </summary>
public abstract record Op
{
    private protected Op() { }

    /// <summary>The name in printed graphs, <c>reshape</c>.</summary>
    public virtual string Name => char.ToLowerInvariant(GetType().Name[0]) + GetType().Name[1..];

    /// <summary>The nodes that this op reads.</summary>
    public abstract ImmutableArray<Expr> Inputs { get; }

    /// <summary>The same op on other inputs, as many as <see cref="Inputs"/>.</summary>
    public abstract Op With(ImmutableArray<Expr> inputs);

    /// <summary>All that distinguishes this op from others of its name, besides inputs: what printing shows and hashing reads.</summary>
    public virtual ImmutableArray<Attribute> Attributes => [];

    /// <summary>
    /// The arithmetic: an elementwise function counts 1 for each element, a multiply-add 2, a reduction 1 for each element it reduces; moving
    /// elements is free.
    /// </summary>
    public virtual long Flops => 0;

    /// <summary>Whether it moves elements and never looks at them, so that their type makes no difference to it. Other ops on f16 and bf16 are <see cref="Widen">widened</see>.</summary>
    public virtual bool Moves => false;

    /// <summary>The bytes it reads: its inputs, each once, unless it says that it looks at a part of them only.</summary>
    public virtual long BytesRead => Inputs.Distinct().Sum(x => x.Results.Sum(t => t.Bytes));

    /// <summary>The types of the results: one, but for <see cref="Control"/>.</summary>
    /// <exception cref="ShapeError">The inputs do not fit.</exception>
    internal abstract ImmutableArray<TensorType> Infer();

    /// <summary>An error that names this op and its inputs.</summary>
    private protected ShapeError Error(params ReadOnlySpan<string> problems) =>
        new(Name, [.. Inputs.Select(x => new Operand(x.Label, x.Type))], [.. problems]);
}

/// <summary>A named attribute of an op. Its value prints the same in every process.</summary>
public readonly record struct Attribute(string Name, object Value)
{
    /// <summary>Name and value, <c>axis=1</c>.</summary>
    public override string ToString() => $"{Name}={Value}";
}

/// <summary>Reads nothing. Its derivative is zero, or the seed where it is the variable of differentiation.</summary>
public abstract record Leaf : Op
{
    /// <inheritdoc/>
    public sealed override ImmutableArray<Expr> Inputs => [];

    /// <inheritdoc/>
    public sealed override Op With(ImmutableArray<Expr> inputs) => this;
}

/// <summary>Applies a scalar function to the elements at each index: all inputs and the result have one shape. Chain rule.</summary>
public abstract record Elementwise : Op
{
    /// <inheritdoc/>
    public sealed override long Flops => Inputs.Length == 0 ? 0 : Inputs[0].Shape.Size;

    /// <summary>The map t ↦ t · ∂y/∂xᵢ, which is linear in t and its own transpose; null where the derivative is exactly zero.</summary>
    /// <param name="input">Which input, i.</param>
    /// <param name="y">The node of this op.</param>
    /// <param name="t">A tangent of xᵢ, or a cotangent of y.</param>
    public abstract Expr? Chain(int input, Expr y, Expr t);
}

/// <summary>
/// Linear, jointly, in its first <see cref="LinearInputs"/> inputs; the rest (indices) are parameters. Sum rule. Its law is its
/// transpose: ⟨ct, L x⟩ = ⟨Lᵀ ct, x⟩.
/// </summary>
public abstract record Linear : Op
{
    /// <summary>How many leading inputs the op is linear in.</summary>
    public virtual int LinearInputs => 1;

    /// <summary>Lᵢᵀ ct: the cotangent of linear input i, given that of the result.</summary>
    public abstract Expr Transpose(int input, Expr ct);

    /// <summary>The op of every example of a batch at once, at least one operand having the batch at axis 0: the results at axis 0, too.</summary>
    internal abstract Expr Batched(Batching b);
}

/// <summary>Linear in each of two inputs, up to how precisely it reads them. Product rule. Its law is its two transposes.</summary>
public abstract record Bilinear(Expr X, Expr Y, Precision Precision) : Op
{
    /// <inheritdoc/>
    public sealed override ImmutableArray<Expr> Inputs => [X, Y];

    /// <summary>The cotangent of <see cref="X"/>.</summary>
    public abstract Expr TransposeLeft(Expr ct);

    /// <summary>The cotangent of <see cref="Y"/>.</summary>
    public abstract Expr TransposeRight(Expr ct);

    /// <summary>How precisely it reads its factors, where not as they are.</summary>
    private protected ImmutableArray<Attribute> Read => Precision == Precision.Full ? [] : [new("precision", Precision.Factor.Text)];

    /// <summary>What is wrong with how precisely it reads its factors; null where nothing is.</summary>
    private protected string? Misread => Precision == Precision.Full || X.DType == DType.F32 ? null
        : $"factors of {X.DType.Text} cannot be read as {Precision.Factor.Text}: only those of f32 are rounded by a product, convert others";

    /// <inheritdoc cref="Linear.Batched"/>
    internal abstract Expr Batched(Batching b);
}

/// <summary>Piecewise constant: its derivative is exactly zero.</summary>
public abstract record Discrete : Op
{
    /// <inheritdoc cref="Linear.Batched"/>
    internal abstract Expr Batched(Batching b);
}
