using System.Reflection.Emit;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Emission;

/// <summary>Vectors, of element types of one size; truth values are masks as wide, and numbers of f16 and bf16 are held as f32.</summary>
/// <param name="vector">The open type of the vectors, <see cref="V512{T}"/> or another.</param>
/// <param name="bytes">A vector's bytes; an element's, of <see cref="V1{T}"/>.</param>
/// <param name="size">An element's bytes: 1, 4 or 8.</param>
internal sealed class LaneVocabulary(Type vector, int bytes, int size) : Vocabulary
{
    public override int Count => bytes / size;

    /// <summary>A number alone, in the element types of this vocabulary.</summary>
    public static LaneVocabulary One(int size) => new(typeof(V1<>), size, size);

    /// <summary>Whether vectors can hold all of some element types: bytes and truth values, or numbers of one size and truth values.</summary>
    public static int? Size(IEnumerable<DType> types)
    {
        var sizes = types.Where(t => t != DType.Bool).Select(t => t.Computed.Size).Distinct().ToArray();
        return sizes.Length == 0 ? 1 : sizes.Length == 1 ? sizes[0] : null;
    }

    private Type Element(DType type) => type switch
    {
        DType.F32 or DType.F16 or DType.BF16 => typeof(float),
        DType.F64 => typeof(double),
        DType.I32 => typeof(int),
        DType.I64 => typeof(long),
        DType.U8 => typeof(byte),
        _ => size switch { 1 => typeof(byte), 4 => typeof(int), _ => typeof(long) },
    };

    public override Type Of(DType type) => vector.MakeGenericType(Element(type));

    public override void Load(ILGenerator il, DType type) =>
        il.Emit(OpCodes.Call, type.IsHalf ? HalfFloats.Of(nameof(HalfFloats.Load), Of(type), type) : Of(type).GetMethod(type == DType.Bool ? nameof(V1<int>.LoadMask) : nameof(V1<int>.Load))!);

    public override void Store(ILGenerator il, DType type) =>
        il.Emit(OpCodes.Call, type.IsHalf ? HalfFloats.Of(nameof(HalfFloats.Store), Of(type), type) : Of(type).GetMethod(type == DType.Bool ? nameof(V1<int>.StoreMask) : nameof(V1<int>.Store))!);

    public override void Immediate(ILGenerator il, Literal value)
    {
        var type = value.Type.DType;
        if (type != DType.Bool) Primitive(il, value);
        else if (size == 8) il.Emit(OpCodes.Ldc_I8, value.Bytes[0] == 0 ? 0L : -1L);
        else il.Emit(OpCodes.Ldc_I4, value.Bytes[0] == 0 ? 0 : size == 1 ? 255 : -1);
        il.Emit(OpCodes.Call, Of(type).GetMethod(nameof(V1<int>.All))!);
    }

    public override void Spread(ILGenerator il, DType type) =>
        il.Emit(OpCodes.Call, type.IsHalf ? HalfFloats.Of(nameof(HalfFloats.Spread), Of(type), type) : LaneFunctions.Of(type == DType.Bool ? nameof(LaneFunctions.SpreadMask) : nameof(LaneFunctions.Spread), Of(type), Element(type)));

    public override int Weight(Instruction i) => i switch
    {
        Apply { Name: "sqrt" or "rsqrt" or "floor" or "ceil" or "round" } => 0,
        Apply { Name: "exp" or "exp2" or "log" or "log2" or "logistic" or "tanh" } => 1,
        Apply a when a.Function.GetGenericTypeDefinition() is var family && (family == typeof(FloatUnary<>) || family == typeof(FloatBinary<>)) => 4,
        _ => 0,
    };

    public override void Apply(ILGenerator il, Apply f)
    {
        var (v, t, function) = (Of(f.Of), Element(f.Of), f.Function.GetGenericArguments()[0]);
        var family = f.Function.GetGenericTypeDefinition();
        var method = LaneFunctions.Find(f.Name, v, t) ?? LaneFunctions.Of(Fallbacks[family], v, t, function);
        il.Emit(OpCodes.Call, method);
        if (family == typeof(Comparison<>) && v != Of(DType.Bool)) il.Emit(OpCodes.Call, LaneFunctions.Of(nameof(LaneFunctions.Bits), v, Of(DType.Bool)));
    }

    private static readonly Dictionary<Type, string> Fallbacks = new()
    {
        [typeof(FloatUnary<>)] = nameof(LaneFunctions.EachFloat),
        [typeof(FloatBinary<>)] = nameof(LaneFunctions.EachFloats),
        [typeof(NumberUnary<>)] = nameof(LaneFunctions.EachNumber),
        [typeof(NumberBinary<>)] = nameof(LaneFunctions.EachNumbers),
        [typeof(Bitwise<>)] = nameof(LaneFunctions.EachBits),
    };

    public override void Choose(ILGenerator il, DType type) => il.Emit(OpCodes.Call, LaneFunctions.Of(nameof(LaneFunctions.Choose), Of(type), Element(type), Of(DType.Bool)));

    public override void Cast(ILGenerator il, DType from, DType to)
    {
        if (to.IsHalf) il.Emit(OpCodes.Call, HalfFloats.Of(nameof(HalfFloats.Round), Of(to), to));
        else if (from.IsHalf) return;
        else if (from == DType.Bool) il.Emit(OpCodes.Call, LaneFunctions.Of(nameof(LaneFunctions.OfMask), Of(to), Element(to), Of(DType.Bool)));
        else if (to == DType.Bool)
        {
            il.Emit(OpCodes.Call, LaneFunctions.Of(nameof(LaneFunctions.ToMask), Of(from), Element(from)));
            if (Of(from) != Of(to)) il.Emit(OpCodes.Call, LaneFunctions.Of(nameof(LaneFunctions.Bits), Of(from), Of(to)));
        }
        else if (from != to) il.Emit(OpCodes.Call, typeof(LaneConversions).GetMethod(nameof(LaneConversions.Convert), [Of(from)])!);
    }

    public override void Neutral(ILGenerator il, Reduction kind, DType type)
    {
        il.Emit(OpCodes.Ldc_I4, (int)kind);
        il.Emit(OpCodes.Call, LaneFunctions.Of(nameof(LaneFunctions.Neutral), Of(type), Element(type)));
    }

    public override void Combine(ILGenerator il, Reduction kind, DType type) => il.Emit(OpCodes.Call, LaneFunctions.Of(kind switch
    {
        Reduction.Sum => nameof(LaneFunctions.Add),
        Reduction.Max => nameof(LaneFunctions.Maximum),
        _ => nameof(LaneFunctions.Minimum),
    }, Of(type), Element(type)));

    public override void Fold(ILGenerator il, Reduction kind, DType type) => il.Emit(OpCodes.Call, LaneFunctions.Of(kind switch
    {
        Reduction.Sum => nameof(LaneFunctions.FoldSum),
        Reduction.Max => nameof(LaneFunctions.FoldMax),
        _ => nameof(LaneFunctions.FoldMin),
    }, Of(type), Element(type)));
}
