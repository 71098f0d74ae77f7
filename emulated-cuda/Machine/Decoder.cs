using EmulatedCuda.Ptx;

namespace EmulatedCuda.Machine;

/// <summary>Makes instructions of statements.</summary>
internal sealed class Decoder(Source source, RegisterFile registers, int[] meetings)
{
    private int place;

    /// <summary>The bytes of the smallest numbers that are in shared memory.</summary>
    public int SmallestShared { get; private set; } = 8;

    public Instruction Of(Statement s)
    {
        var instruction = Plain(s).At(s.Line, s.Guard is { } name ? registers.Operand(name, "pred", s.Line) : -1, s.IsNegated);
        place++;
        return instruction;
    }

    private Instruction Plain(Statement s) => s.Parts[0] switch
    {
        "mov" when s.Type == "pred" => Logic(s, false, true, false, true, 1, 1),
        "mov" or "cvta" => Unary<Move>(s),
        "neg" => Unary<Negation>(s),
        "abs" => Unary<Absolute>(s),
        "not" when s.Type == "pred" => Logic(s, true, false, true, false, 1, 1),
        "not" => Unary<Complement>(s),
        "sqrt" when s.Has("rn") => Unary<SquareRoot>(s),
        "rcp" when s.Has("rn") => Unary<Reciprocal>(s),
        "add" => Binary<Sum>(s),
        "sub" => Binary<Difference>(s),
        "mul" when s.Has("wide") => Wide(s),
        "mul" when s.Opcode == "mul.hi.u32" => Binary<UpperProduct>(s),
        "mul" when s.Has("lo") || s.Type[0] == 'f' => Binary<Product>(s),
        "mad" when s.Has("wide") => Wide(s),
        "mad" when s.Has("lo") => Ternary<MultiplyAdd>(s),
        "fma" when s.Has("minus") => Ternary<MultiplySubtract>(s),
        "fma" when s.Has("from") => Ternary<SubtractProduct>(s),
        "fma" when s.Has("rn") => Ternary<MultiplyAdd>(s),
        "div" when s.Type[0] != 'f' || s.Has("rn") => Binary<Quotient>(s),
        "rem" => Binary<Remainder>(s),
        "min" => Binary<Least>(s),
        "max" => Binary<Greatest>(s),
        "and" when s.Type == "pred" => Logic(s, false, false, false, true),
        "or" when s.Type == "pred" => Logic(s, false, true, true, true),
        "xor" when s.Type == "pred" => Logic(s, false, true, true, false),
        "and" => Binary<Both>(s),
        "or" => Binary<Either>(s),
        "xor" => Binary<Different>(s),
        "shl" or "shr" => Shift(s),
        "setp" when s.Parts.Length == 3 => Comparison(s),
        "selp" => Selection(s),
        "cvt" => Conversion(s),
        "ld" when s.Has("param") => Parameter(s),
        "ld" or "st" => Access(s),
        "bra" => new Branch(source.Labels.TryGetValue(s.Operands[0], out var target) ? target : throw new PtxException(s.Line, $"there is no label {s.Operands[0]}"), meetings[place]),
        "ret" or "exit" => new Exit(),
        "bar" when s.Opcode == "bar.sync" && s.Operands is ["0"] => new Barrier(),
        "mma" => Matrices(s),
        _ => throw Unknown(s),
    };

    private static PtxException Unknown(Statement s) => new(s.Line, $"the emulator does not know {s.Opcode}");

    private int Target(Statement s, string type) => RegisterFile.IsRegister(s.Operands[0]) ? registers.Operand(s.Operands[0], type, s.Line) : throw new PtxException(s.Line, $"{s.Operands[0]} is no register");

    private int Operand(Statement s, int index, string? type = null) => registers.Operand(s.Operands[index], type ?? s.Type, s.Line);

    private Instruction Unary<F>(Statement s) where F : struct, IUnary
    {
        var (to, x) = (Target(s, s.Type), Operand(s, 1));
        return s.Type switch
        {
            "f32" when typeof(F) == typeof(Move) => new Unary<uint, F>(to, x),
            "f64" when typeof(F) == typeof(Move) => new Unary<ulong, F>(to, x),
            "f32" => new Unary<float, F>(to, x),
            "f64" => new Unary<double, F>(to, x),
            "s16" => new Unary<short, F>(to, x),
            "u16" or "b16" => new Unary<ushort, F>(to, x),
            "s32" => new Unary<int, F>(to, x),
            "u32" or "b32" => new Unary<uint, F>(to, x),
            "s64" => new Unary<long, F>(to, x),
            "u64" or "b64" => new Unary<ulong, F>(to, x),
            _ => throw Unknown(s),
        };
    }

    private Instruction Binary<F>(Statement s) where F : struct, IBinary
    {
        var (to, x, y) = (Target(s, s.Type), Operand(s, 1), Operand(s, 2));
        return s.Type switch
        {
            "f32" => new Binary<float, F>(to, x, y),
            "f64" => new Binary<double, F>(to, x, y),
            "s16" => new Binary<short, F>(to, x, y),
            "u16" or "b16" => new Binary<ushort, F>(to, x, y),
            "s32" => new Binary<int, F>(to, x, y),
            "u32" or "b32" => new Binary<uint, F>(to, x, y),
            "s64" => new Binary<long, F>(to, x, y),
            "u64" or "b64" => new Binary<ulong, F>(to, x, y),
            _ => throw Unknown(s),
        };
    }

    private Instruction Ternary<F>(Statement s) where F : struct, ITernary
    {
        var (to, x, y, z) = (Target(s, s.Type), Operand(s, 1), Operand(s, 2), Operand(s, 3));
        return s.Type switch
        {
            "f32" => new Ternary<float, F>(to, x, y, z),
            "f64" => new Ternary<double, F>(to, x, y, z),
            "s32" => new Ternary<int, F>(to, x, y, z),
            "u32" => new Ternary<uint, F>(to, x, y, z),
            "s64" => new Ternary<long, F>(to, x, y, z),
            "u64" => new Ternary<ulong, F>(to, x, y, z),
            _ => throw Unknown(s),
        };
    }

    private Instruction Wide(Statement s)
    {
        var wide = s.Type switch { "s32" => "s64", "u32" => "u64", _ => throw Unknown(s) };
        var (to, x, y, z) = (Target(s, wide), Operand(s, 1), Operand(s, 2), s.Parts[0] == "mad" ? Operand(s, 3, wide) : -1);
        return s.Type == "s32" ? new Widening<int, long>(to, x, y, z) : new Widening<uint, ulong>(to, x, y, z);
    }

    private Instruction Shift(Statement s)
    {
        var (to, x, count, isLeft) = (Target(s, s.Type), Operand(s, 1), Operand(s, 2, "u32"), s.Parts[0] == "shl");
        return s.Type switch
        {
            "s16" => new Shift<short>(to, x, count, isLeft),
            "u16" or "b16" => new Shift<ushort>(to, x, count, isLeft),
            "s32" => new Shift<int>(to, x, count, isLeft),
            "u32" or "b32" => new Shift<uint>(to, x, count, isLeft),
            "s64" => new Shift<long>(to, x, count, isLeft),
            "u64" or "b64" => new Shift<ulong>(to, x, count, isLeft),
            _ => throw Unknown(s),
        };
    }

    private Logic Logic(Statement s, bool ofNone, bool ofFirst, bool ofSecond, bool ofBoth, int x = 1, int y = 2) => new(Target(s, "pred"), Operand(s, x), Operand(s, y), ofNone, ofFirst, ofSecond, ofBoth);

    private Instruction Comparison(Statement s) => s.Parts[1] switch
    {
        "eq" => Comparison<Equal>(s),
        "ne" => Comparison<NotEqual>(s),
        "lt" or "lo" => Comparison<Less>(s),
        "le" or "ls" => Comparison<LessOrEqual>(s),
        "gt" or "hi" => Comparison<Greater>(s),
        "ge" or "hs" => Comparison<GreaterOrEqual>(s),
        "equ" => Comparison<Unordered<Equal>>(s),
        "neu" => Comparison<Unordered<NotEqual>>(s),
        "ltu" => Comparison<Unordered<Less>>(s),
        "leu" => Comparison<Unordered<LessOrEqual>>(s),
        "gtu" => Comparison<Unordered<Greater>>(s),
        "geu" => Comparison<Unordered<GreaterOrEqual>>(s),
        _ => throw Unknown(s),
    };

    private Instruction Comparison<F>(Statement s) where F : struct, IRelation
    {
        var (to, x, y) = (Target(s, "pred"), Operand(s, 1), Operand(s, 2));
        return s.Type switch
        {
            "f32" => new Comparison<float, F>(to, x, y),
            "f64" => new Comparison<double, F>(to, x, y),
            "s16" => new Comparison<short, F>(to, x, y),
            "u16" or "b16" => new Comparison<ushort, F>(to, x, y),
            "s32" => new Comparison<int, F>(to, x, y),
            "u32" or "b32" => new Comparison<uint, F>(to, x, y),
            "s64" => new Comparison<long, F>(to, x, y),
            "u64" or "b64" => new Comparison<ulong, F>(to, x, y),
            _ => throw Unknown(s),
        };
    }

    private Instruction Selection(Statement s)
    {
        var (to, x, y, predicate) = (Target(s, s.Type), Operand(s, 1), Operand(s, 2), Operand(s, 3, "pred"));
        return Types.Bytes(s.Type) == 8 ? new Selection<ulong>(to, x, y, predicate) : new Selection<uint>(to, x, y, predicate);
    }

    private Conversion Conversion(Statement s)
    {
        int Bytes(int operand) => Math.Max(4, RegisterFile.IsRegister(s.Operands[operand]) ? Types.Bytes(registers.Type(s.Operands[operand], s.Line)) : Types.Bytes(s.Type));
        return new(Target(s, s.Parts[^2] == "tf32" ? "b32" : s.Parts[^2]), Bytes(0), Operand(s, 1), Bytes(1), Machine.Conversion.Function(s));
    }

    private Instruction Parameter(Statement s)
    {
        var (to, (name, offset)) = (Target(s, s.Type), Address(s, 1));
        if (!source.Parameters.Offsets.TryGetValue(name, out var start)) throw new PtxException(s.Line, $"there is no parameter {name}");
        var at = start + (int)offset;
        return Types.Bytes(s.Type) switch { 8 => new Parameter<ulong>(to, at), 4 => new Parameter<uint>(to, at), _ => throw Unknown(s) };
    }

    private Instruction Access(Statement s)
    {
        var space = s.Has("global") ? Space.Global : s.Has("shared") ? Space.Shared : throw Unknown(s);
        var (value, at) = s.Parts[0] == "ld" ? (0, 1) : (1, 0);
        var (name, offset) = Address(s, at);
        var (address, bytes, isSigned) = (registers.Operand(name, "b64", s.Line), Types.Bytes(s.Type), s.Type[0] == 's');
        int[] vector = [.. s.Vector(value).Select(r => registers.Operand(r, s.Type, s.Line))];
        if (vector.Length != (s.Has("v2") ? 2 : s.Has("v4") ? 4 : 1)) throw new PtxException(s.Line, $"{s.Opcode} has {vector.Length} numbers");
        if (space == Space.Shared) SmallestShared = Math.Min(SmallestShared, bytes);
        return (value, bytes) switch
        {
            (0, 1) => new Load<byte>(space, vector, address, offset, isSigned) { Place = place },
            (0, 2) => new Load<ushort>(space, vector, address, offset, isSigned) { Place = place },
            (0, 4) => new Load<uint>(space, vector, address, offset, isSigned) { Place = place },
            (0, _) => new Load<ulong>(space, vector, address, offset, isSigned) { Place = place },
            (_, 1) => new Store<byte>(space, vector, address, offset) { Place = place },
            (_, 2) => new Store<ushort>(space, vector, address, offset) { Place = place },
            (_, 4) => new Store<uint>(space, vector, address, offset) { Place = place },
            _ => new Store<ulong>(space, vector, address, offset) { Place = place },
        };
    }

    /// <summary>A register or a variable, and what is added to it: [%rd1+16].</summary>
    private static (string Name, long Offset) Address(Statement s, int operand)
    {
        var parts = s.Operands[operand].Trim('[', ']').Split('+', StringSplitOptions.TrimEntries);
        return (parts[0], parts.Length == 1 ? 0 : long.Parse(parts[1]));
    }

    private MatrixProduct Matrices(Statement s)
    {
        var factor = s.Opcode switch
        {
            "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32" => Factor.TF32,
            "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32" => Factor.F16,
            "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32" => Factor.BF16,
            _ => throw Unknown(s),
        };
        int[] Of(int operand, string type) => [.. s.Vector(operand).Select(r => registers.Operand(r, type, s.Line))];
        return new(factor, Of(0, "f32"), Of(1, "b32"), Of(2, "b32"), Of(3, "f32"));
    }
}
