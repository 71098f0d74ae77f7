using System.Reflection.Emit;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Emission;

/// <summary>One column at a time, in the framework's primitives: for element types of several sizes. Numbers of f16 and bf16 are held as f32.</summary>
internal sealed class ScalarVocabulary : Vocabulary
{
    public override int Count => 1;

    public override Type Of(DType type) => type switch
    {
        DType.F32 or DType.F16 or DType.BF16 => typeof(float),
        DType.F64 => typeof(double),
        DType.I32 => typeof(int),
        DType.I64 => typeof(long),
        DType.U8 => typeof(byte),
        _ => typeof(bool),
    };

    /// <summary>The type whose arithmetic a value has: truth values are the bytes 0 and 1.</summary>
    private Type Number(DType type) => type == DType.Bool ? typeof(byte) : Of(type);

    private static void Call(ILGenerator il, string name, params Type[] types) => il.Emit(OpCodes.Call, ScalarFunctions.Of(name, types));

    public override void Load(ILGenerator il, DType type)
    {
        if (type.IsHalf) Call(il, nameof(ScalarFunctions.ReadHalf), HalfFloats.Of(type));
        else Call(il, nameof(ScalarFunctions.Read), Of(type));
    }

    public override void Store(ILGenerator il, DType type)
    {
        if (type.IsHalf) Call(il, nameof(ScalarFunctions.WriteHalf), HalfFloats.Of(type));
        else Call(il, nameof(ScalarFunctions.Write), Of(type));
    }

    public override void Immediate(ILGenerator il, Literal value) => Primitive(il, value);

    public override void Spread(ILGenerator il, DType type) => Load(il, type);

    public override int Weight(Instruction i) => 0;

    public override void Apply(ILGenerator il, Apply f)
    {
        var (family, function) = (f.Function.GetGenericTypeDefinition(), f.Function.GetGenericArguments()[0]);
        Call(il, Families[family], Number(f.Of), function);
    }

    private static readonly Dictionary<Type, string> Families = new()
    {
        [typeof(FloatUnary<>)] = nameof(ScalarFunctions.FloatUnary),
        [typeof(FloatBinary<>)] = nameof(ScalarFunctions.FloatBinary),
        [typeof(NumberUnary<>)] = nameof(ScalarFunctions.NumberUnary),
        [typeof(NumberBinary<>)] = nameof(ScalarFunctions.NumberBinary),
        [typeof(Bitwise<>)] = nameof(ScalarFunctions.Bitwise),
        [typeof(Comparison<>)] = nameof(ScalarFunctions.Comparison),
    };

    public override void Choose(ILGenerator il, DType type) => Call(il, nameof(ScalarFunctions.Choose), Of(type));

    public override void Cast(ILGenerator il, DType from, DType to)
    {
        if (to.IsHalf) Call(il, nameof(ScalarFunctions.RoundHalf), HalfFloats.Of(to));
        else if (from.IsHalf) return;
        else if (to == DType.Bool) Call(il, nameof(ScalarFunctions.ToBool), Number(from));
        else Call(il, to.IsFloat ? nameof(ScalarFunctions.ToFloat) : nameof(ScalarFunctions.ToInteger), Number(from), Of(to));
    }

    public override void Neutral(ILGenerator il, Reduction kind, DType type)
    {
        il.Emit(OpCodes.Ldc_I4, (int)kind);
        Call(il, nameof(ScalarFunctions.Neutral), Of(type));
    }

    public override void Combine(ILGenerator il, Reduction kind, DType type) => Call(il, kind.ToString(), Of(type));

    public override void Fold(ILGenerator il, Reduction kind, DType type) => Call(il, $"Fold{kind}", Of(type));
}
