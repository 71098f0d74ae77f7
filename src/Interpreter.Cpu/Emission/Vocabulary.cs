using System.Reflection.Emit;

namespace Functional.Interpreter.Cpu.Emission;

/// <summary>
/// How emitted code holds the values of a fused loop and computes with them: some columns at a time. Every method emits the instructions that
/// take its operands from the evaluation stack and leave its result there.
/// </summary>
internal abstract class Vocabulary
{
    /// <summary>How many columns at a time.</summary>
    public abstract int Count { get; }

    /// <summary>What holds a value of an element type.</summary>
    public abstract Type Of(DType type);

    /// <summary>From an address to the values there.</summary>
    public abstract void Load(ILGenerator il, DType type);

    /// <summary>Takes values and an address, and writes the values there.</summary>
    public abstract void Store(ILGenerator il, DType type);

    /// <summary>A number.</summary>
    public abstract void Immediate(ILGenerator il, Literal value);

    /// <summary>From the address of a row's number to the same for all columns.</summary>
    public abstract void Spread(ILGenerator il, DType type);

    /// <summary>From arguments to an elementwise function's value.</summary>
    public abstract void Apply(ILGenerator il, Apply f);

    /// <summary>From a predicate and two values to one.</summary>
    public abstract void Choose(ILGenerator il, DType type);

    /// <summary>From values to values of another element type.</summary>
    public abstract void Cast(ILGenerator il, DType from, DType to);

    /// <summary>What a reduction begins with.</summary>
    public abstract void Neutral(ILGenerator il, Reduction kind, DType type);

    /// <summary>From two partial reductions to one.</summary>
    public abstract void Combine(ILGenerator il, Reduction kind, DType type);

    /// <summary>Takes a partial reduction and the address of a row's number, and adds it to that.</summary>
    public abstract void Fold(ILGenerator il, Reduction kind, DType type);

    /// <summary>How much of what a method can hold an instruction takes: 0 for what is next to nothing, 1 for an exponential.</summary>
    public abstract int Weight(Instruction i);

    /// <summary>From an instruction's arguments to its value.</summary>
    public void Compute(ILGenerator il, Instruction i, ValueArray<DType> types)
    {
        switch (i)
        {
            case Immediate m: Immediate(il, m.Value); break;
            case Apply a: Apply(il, a); break;
            case Choose c: Choose(il, types[c.To]); break;
            case Cast c: Cast(il, types[c.X], types[c.To]); break;
            default: throw new NotSupportedException($"{i} has no value to compute");
        }
    }

    /// <summary>A method of its own for a function.</summary>
    public DynamicMethod OutOfLine(Apply f)
    {
        if (outOfLine.TryGetValue((f.Function, f.Of), out var known)) return known;
        var v = Of(f.Of);
        var method = new DynamicMethod(f.Name, v, [.. f.Args.Select(_ => v)], typeof(Vocabulary).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        for (var arg = 0; arg < f.Args.Count; arg++) il.Emit(OpCodes.Ldarg, arg);
        Apply(il, f);
        il.Emit(OpCodes.Ret);
        return outOfLine[(f.Function, f.Of)] = method;
    }

    private readonly Dictionary<(Type Function, DType Of), DynamicMethod> outOfLine = [];

    /// <summary>An element's bits as a primitive on the stack.</summary>
    protected static void Primitive(ILGenerator il, Literal value)
    {
        switch (value.Type.DType)
        {
            case DType.F32: il.Emit(OpCodes.Ldc_R4, value.As<float>()[0]); break;
            case DType.F64: il.Emit(OpCodes.Ldc_R8, value.As<double>()[0]); break;
            case DType.F16 or DType.BF16: il.Emit(OpCodes.Ldc_R4, (float)value[0]); break;
            case DType.I64: il.Emit(OpCodes.Ldc_I8, value.As<long>()[0]); break;
            case DType.I32: il.Emit(OpCodes.Ldc_I4, value.As<int>()[0]); break;
            default: il.Emit(OpCodes.Ldc_I4, (int)value.Bytes[0]); break;
        }
    }
}
