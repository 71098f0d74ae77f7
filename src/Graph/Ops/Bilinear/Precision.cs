namespace Functional;

/// <summary>
/// In how many bits a product of f32 reads its factors: each is rounded to this type and back, to nearest, ties to even, and what they
/// make is multiplied and summed in f32 and not rounded again. StableHLO's dot algorithm, JAX's <c>DotAlgorithmPreset.BF16_BF16_F32</c>. Its transposes
/// read theirs in as many, and the derivative takes the rounding for linear, as it does that of <see cref="Convert"/>. What it means in terms of
/// conversions, <see cref="Widen"/> writes down.
/// </summary>
public enum Precision : byte
{
    /// <summary>As they are.</summary>
    Full,

    /// <summary>As <see cref="DType.BF16"/>: 8 bits of precision, the range of f32.</summary>
    BF16,

    /// <summary>As <see cref="DType.F16"/>: 11 bits of precision, up to 65,504, beyond which a factor is infinite.</summary>
    F16,
}

/// <summary>What is true of precisions.</summary>
public static class Precisions
{
    extension(Precision precision)
    {
        /// <summary>The element type as which a factor of f32 is read.</summary>
        public DType Factor => precision switch
        {
            Precision.BF16 => DType.BF16,
            Precision.F16 => DType.F16,
            _ => DType.F32,
        };
    }
}
