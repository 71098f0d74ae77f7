using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Random bits of Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). For each element of Keys, an i64 whose
/// low word is the first half of the Philox key, a tensor of <see cref="Shape"/>: element i (row-major) is word i mod 4 of the block with
/// counter (⌊i/4⌋ mod 2³², ⌊i/4⌋ div 2³², 0, 0); for i64, words 2i mod 4 (low) and 2i mod 4 + 1 (high) of block ⌊i/2⌋. The same bits
/// everywhere. The result's shape is the keys' followed by <see cref="Shape"/>.
/// </summary>
public sealed record RandomBits(Expr Keys, Shape Shape, DType To) : Discrete
{
    /// <inheritdoc/>
    public override ImmutableArray<Expr> Inputs => [Keys];

    /// <inheritdoc/>
    public override Op With(ImmutableArray<Expr> inputs) => this with { Keys = inputs[0] };

    /// <inheritdoc/>
    public override ImmutableArray<Attribute> Attributes => [new("shape", Shape), new("to", To.Text)];

    /// <inheritdoc/>
    public override long Flops => Keys.Shape.Size * Shape.Size;

    /// <summary>Batching: the batch is one more axis of keys.</summary>
    internal override Expr Batched(Batching b) => Prelude.randomBits(b[0], Shape, To);

    internal override ImmutableArray<TensorType> Infer() =>
        Keys.DType != DType.I64 ? throw Error($"a key is i64, not {Keys.DType.Text}: make one with key(seed)")
        : To is not (DType.I32 or DType.I64) ? throw Error($"bits come as i32 or i64, not {To.Text}")
        : [new(To, Keys.Shape.Concat(Shape))];
}

public static partial class Prelude
{
    /// <summary>Random bits. See <see cref="RandomBits"/>.</summary>
    public static Expr randomBits(Expr key, Shape shape, DType to = DType.I32) => Expr.Of(new RandomBits(key, shape, to));

    /// <summary>n keys from one, independent of it and of each other.</summary>
    public static Expr split(Expr key, int n = 2) => randomBits(key, [n], DType.I64);

    /// <summary>A new key from a key and a number, such as a step's or a layer's; independent of those that <see cref="split"/> makes, too.</summary>
    public static Expr foldIn(Expr key, Expr data)
    {
        Expr Word(ulong word) => constant(Literal.Of<long>([], [unchecked((long)word)]));
        return index(randomBits(xor(key, Word(0xD1B54A32D192ED03)) + convert(data, DType.I64) * Word(0x9E3779B97F4A7C15), [1], DType.I64), -1, 0);
    }

    /// <summary>Uniform on [0, 1): 24 random bits for f32, 53 for f64.</summary>
    public static Expr uniform(Expr key, Shape shape, DType type = DType.F32) => type switch
    {
        DType.F32 => convert(shiftRight(randomBits(key, shape), constant(8, DType.I32)), DType.F32) * Math.ScaleB(1, -24),
        DType.F64 => convert(shiftRight(randomBits(key, shape, DType.I64), constant(11, DType.I64)), DType.F64) * Math.ScaleB(1, -53),
        _ => throw new ShapeError("uniform", $"needs a floating-point type, not {type.Text}"),
    };

    /// <summary>Standard normal: √2 erf⁻¹(2u − 1), with u uniform and moved half a step off 0.</summary>
    public static Expr normal(Expr key, Shape shape, DType type = DType.F32)
    {
        var centred = uniform(key, shape, type) * 2 - (1 - Math.ScaleB(1, type == DType.F32 ? -24 : -53));
        return erfInv(centred) * Math.Sqrt(2);
    }

    /// <summary>True with probability p.</summary>
    public static Expr bernoulli(Expr key, double p, Shape shape) => less(uniform(key, shape), p);
}
