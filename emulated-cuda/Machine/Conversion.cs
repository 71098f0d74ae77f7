using EmulatedCuda.Ptx;

namespace EmulatedCuda.Machine;

/// <summary>A number of another type.</summary>
internal sealed unsafe class Conversion(int to, int toBytes, int from, int fromBytes, Func<ulong, ulong> function) : Instruction
{
    public override void Do(Warp warp, uint lanes)
    {
        var r = warp.Registers;
        while (lanes != 0)
        {
            var lane = Next(ref lanes);
            var bits = fromBytes == 8 ? *(ulong*)(r + from + (lane * 8)) : *(uint*)(r + from + (lane * 4));
            var result = function(bits);
            if (toBytes == 8) *(ulong*)(r + to + (lane * 8)) = result;
            else *(uint*)(r + to + (lane * 4)) = (uint)result;
        }
    }

    /// <summary>The function from bits to bits, by the name of the instruction: cvt.rzi.s32.f32.</summary>
    public static Func<ulong, ulong> Function(Statement s)
    {
        var (to, from) = (s.Parts[^2], s.Parts[^1]);
        if (s.Has("sat", "ftz")) throw new PtxException(s.Line, $"the emulator does not know {s.Opcode}");
        var (isReal, wasReal) = (to[0] == 'f', from[0] == 'f');
        if (s.Opcode == "cvt.rna.tf32.f32") return x => float.IsNaN(BitConverter.UInt32BitsToSingle((uint)x)) ? 0x7FFF_FFFF : ((uint)x + 0x1000) & ~0x1FFFu;
        if (to == "f16" || from == "f16") throw new PtxException(s.Line, $"the emulator does not know {s.Opcode}");
        Func<ulong, double> real = from switch
        {
            "f32" => x => BitConverter.UInt32BitsToSingle((uint)x),
            "f64" => BitConverter.UInt64BitsToDouble,
            _ => x => 0,
        };
        if (wasReal && !isReal)
        {
            var rounding = Rounding(s, "rni", "rzi", "rmi", "rpi");
            return x => Saturated(rounding(real(x)), to);
        }
        if (wasReal && s.Has("rni", "rzi", "rmi", "rpi"))
        {
            var rounding = Rounding(s, "rni", "rzi", "rmi", "rpi");
            return x => Bits(rounding(real(x)), to);
        }
        if (wasReal)
        {
            if (to == "f32" && !s.Has("rn")) throw new PtxException(s.Line, $"{s.Opcode} does not say how it rounds");
            return x => Bits(real(x), to);
        }
        Func<ulong, ulong> integer = from switch
        {
            "s8" => x => (ulong)(sbyte)x, "u8" or "b8" => x => (byte)x,
            "s16" => x => (ulong)(short)x, "u16" or "b16" => x => (ushort)x,
            "s32" => x => (ulong)(int)x, "u32" or "b32" => x => (uint)x,
            _ => x => x,
        };
        if (isReal)
        {
            if (!s.Has("rn")) throw new PtxException(s.Line, $"{s.Opcode} does not say how it rounds");
            return (to, from[0]) switch
            {
                ("f32", 's') => x => BitConverter.SingleToUInt32Bits((long)integer(x)),
                ("f32", _) => x => BitConverter.SingleToUInt32Bits(integer(x)),
                (_, 's') => x => BitConverter.DoubleToUInt64Bits((long)integer(x)),
                _ => x => BitConverter.DoubleToUInt64Bits(integer(x)),
            };
        }
        // a result narrower than its register is extended to it, by its sign if it has one
        return to switch
        {
            "s8" => x => (ulong)(sbyte)integer(x), "u8" or "b8" => x => (byte)integer(x),
            "s16" => x => (ulong)(short)integer(x), "u16" or "b16" => x => (ushort)integer(x),
            _ => integer,
        };
    }

    private static Func<double, double> Rounding(Statement s, string nearest, string zero, string down, string up) =>
        s.Has(nearest) ? x => Math.Round(x, MidpointRounding.ToEven) : s.Has(zero) ? Math.Truncate : s.Has(down) ? Math.Floor : s.Has(up) ? Math.Ceiling
        : throw new PtxException(s.Line, $"{s.Opcode} does not say how it rounds");

    private static ulong Bits(double x, string type) => type == "f64" ? BitConverter.DoubleToUInt64Bits(x) : float.IsNaN((float)x) ? 0x7FFF_FFFF : BitConverter.SingleToUInt32Bits((float)x);

    /// <summary>The nearest integer that there is; 0 of what is no number.</summary>
    private static ulong Saturated(double x, string type) => type switch
    {
        "s8" => (ulong)sbyte.CreateSaturating(x), "u8" => byte.CreateSaturating(x),
        "s16" => (ulong)short.CreateSaturating(x), "u16" => ushort.CreateSaturating(x),
        "s32" => (ulong)int.CreateSaturating(x), "u32" => uint.CreateSaturating(x),
        "s64" => (ulong)long.CreateSaturating(x), _ => ulong.CreateSaturating(x),
    };
}
