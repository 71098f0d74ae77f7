using System.Globalization;

namespace EmulatedCuda.Ptx;

/// <summary>Where a warp keeps what a kernel's instructions name: each register, each constant and each special register, a number for each of 32 threads, or a bit.</summary>
internal sealed class RegisterFile(Source source)
{
    private const int Lanes = 32;
    private readonly Dictionary<string, int> registers = [];
    private readonly Dictionary<(ulong Bits, int Bytes), int> constants = [];
    private readonly Dictionary<string, int> specials = [];

    /// <summary>The bytes of all.</summary>
    public int Bytes { get; private set; }

    /// <summary>The constants, and where they are.</summary>
    public IEnumerable<(ulong Bits, int Bytes, int Offset)> Constants => constants.Select(c => (c.Key.Bits, c.Key.Bytes, c.Value));

    /// <summary>The special registers, such as %tid.x, and where they are.</summary>
    public IEnumerable<(string Name, int Offset)> Specials => specials.Select(s => (s.Key, s.Value));

    /// <summary>Whether a name is that of a register.</summary>
    public static bool IsRegister(string operand) => operand[0] == '%' && !operand.Contains('.', StringComparison.Ordinal);

    /// <summary>The type of a register.</summary>
    public string Type(string name, int line) =>
        source.Registers.TryGetValue(name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'), out var type) ? type : throw new PtxException(line, $"{name} is not declared");

    /// <summary>Where a register is.</summary>
    public int Of(string name, int line)
    {
        if (!registers.TryGetValue(name, out var offset)) registers.Add(name, offset = Type(name, line) is var type && type == "pred" ? Room(4, 1) : Room(Math.Max(4, Types.Bytes(type)), Lanes));
        return offset;
    }

    /// <summary>Where an operand of a type is, which may be a constant, a special register or the address of a variable.</summary>
    public int Operand(string operand, string type, int line)
    {
        if (IsRegister(operand))
        {
            var own = Type(operand, line);
            if ((type == "pred") != (own == "pred") || Types.Bytes(type) > Math.Max(4, Types.Bytes(own))) throw new PtxException(line, $"{operand} is no {type}");
            return Of(operand, line);
        }
        if (operand[0] == '%')
        {
            if (!specials.TryGetValue(operand, out var special)) specials.Add(operand, special = Room(4, Lanes));
            return special;
        }
        var (bits, bytes) = (source.Shared.Offsets.TryGetValue(operand, out var address) ? (ulong)address : Literal(operand, line), Math.Max(4, Types.Bytes(type)));
        if (bytes == 4) bits = (uint)bits;
        if (!constants.TryGetValue((bits, bytes), out var offset)) constants.Add((bits, bytes), offset = Room(bytes, Lanes));
        return offset;
    }

    private int Room(int bytes, int count)
    {
        var offset = Bytes;
        Bytes += Math.Max(32, bytes * count);
        return offset;
    }

    private static ulong Literal(string text, int line) => text switch
    {
        ['0', 'f' or 'F', .. var hex] => uint.Parse(hex, NumberStyles.HexNumber),
        ['0', 'd' or 'D', .. var hex] => ulong.Parse(hex, NumberStyles.HexNumber),
        ['0', 'x' or 'X', .. var hex] => ulong.Parse(hex.TrimEnd('U'), NumberStyles.HexNumber),
        _ when long.TryParse(text.TrimEnd('U'), out var number) => (ulong)number,
        _ when ulong.TryParse(text.TrimEnd('U'), out var number) => number,
        _ => throw new PtxException(line, $"{text} is no number"),
    };
}
