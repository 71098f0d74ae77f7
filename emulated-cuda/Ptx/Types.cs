namespace EmulatedCuda.Ptx;

/// <summary>The types of PTX.</summary>
internal static class Types
{
    /// <summary>The bytes of a number.</summary>
    public static int Bytes(string type) => type switch
    {
        "b8" or "u8" or "s8" => 1,
        "b16" or "u16" or "s16" or "f16" => 2,
        "pred" or "b32" or "u32" or "s32" or "f32" => 4,
        "b64" or "u64" or "s64" or "f64" => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "is no type"),
    };
}
