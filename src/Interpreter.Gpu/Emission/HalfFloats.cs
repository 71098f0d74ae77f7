using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>Numbers of 16 bits, of which a thread holds the bits: they are moved and converted, never computed with. See <see cref="Widen"/>.</summary>
internal static class HalfFloats
{
    private static Number Int(uint bits) => new Number(DType.I32, (int)bits);

    /// <summary>The same number in f32.</summary>
    public static Value Wide(Value x)
    {
        var bits = x.As(DType.I32);
        if (x.Type == DType.BF16) return (bits << 16).As(DType.F32);
        var magnitude = (bits & Int(0x7FFF)) << 13;
        var finite = magnitude.As(DType.F32) * new Number(DType.F32, BitConverter.SingleToInt32Bits(5.192296858534828e33f)); // 2¹¹², by which exponents differ
        var isFinite = magnitude < Int(0x0F80_0000);
        return (Value.Select(isFinite, finite.As(DType.I32), magnitude + Int(0x7000_0000)) | ((bits & Int(0x8000)) << 16)).As(DType.F32);
    }

    /// <summary>A number of f32 rounded to the nearest, of two equally near to that with an even last bit, beyond the greatest to infinity; NaN stays NaN.</summary>
    public static Value Rounded(Value x, DType to)
    {
        var bits = x.As(DType.I32);
        var isNumber = x.Is(x);
        if (to == DType.BF16)
        {
            var rounded = bits + Int(0x7FFF) + ((bits >>> 16) & Int(1));
            return (Value.Select(isNumber, rounded, bits | Int(0x0040_0000)) >>> 16).As(to);
        }
        var magnitude = bits & Int(0x7FFF_FFFF);
        var normal = (magnitude + Int(0x0FFF) + ((magnitude >>> 13) & Int(1)) - Int(0x3800_0000)) >>> 13;
        var half = new Number(DType.F32, 0x3F00_0000); // its last bit is that of a subnormal number
        var small = (magnitude.As(DType.F32) + half).As(DType.I32) - Int(0x3F00_0000);
        var special = Value.Select(isNumber, Int(0x7C00), Int(0x7E00) | ((magnitude >>> 13) & Int(0x03FF)));
        var result = Value.Select(magnitude < Int(0x3880_0000), small, Value.Select(magnitude < Int(0x4780_0000), normal, special));
        return (result | ((bits >>> 16) & Int(0x8000))).As(to);
    }
}
