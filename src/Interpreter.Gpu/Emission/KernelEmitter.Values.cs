using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Functional.Interpreter.Gpu.Code;
using ILGPU;

namespace Functional.Interpreter.Gpu.Emission;

internal sealed partial class KernelEmitter
{
    /// <summary>Leaves a value on the stack.</summary>
    private void Push(Value v)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (known.TryGetValue(v, out var local)) il.Emit(OpCodes.Ldloc, local);
        else Compute(v);
    }

    private void Compute(Value v)
    {
        switch (v)
        {
            case Number n: Push(n); return;
            case Local variable: il.Emit(OpCodes.Ldloc, Of(variable)); return;
            case Place p: il.Emit(OpCodes.Call, (p.Kind == PlaceKind.Group ? typeof(Grid).GetProperty(nameof(Grid.IdxX)) : typeof(Group).GetProperty(nameof(Group.IdxX)))!.GetMethod!); return;
            case Element e:
                Address(e.Of, e.Inputs[0]);
                il.Emit(OpCodes.Ldobj, Stored(e.Type));
                return;
            case Selection s: PushChoice(s); return;
            case BinaryValue { Kind: BinaryKind.Divide or BinaryKind.Remainder } division when PushDivided(division): return;
            case BinaryValue { Kind: BinaryKind.Less or BinaryKind.LessOrEqual } comparison: PushComparison(comparison); return;
        }
        foreach (var x in v.Inputs) Push(x);
        switch (v)
        {
            case UnaryValue u: Emit(u); break;
            case BinaryValue b: Emit(b); break;
            case FusedMultiplyAdd: il.Emit(OpCodes.Call, Intrinsic(nameof(Intrinsics.Fma), v.Type, v.Type, v.Type)); break;
            case Conversion c: Emit(c); break;
            case Reinterpretation r when r.Type.Size < sizeof(int) || r.Inputs[0].Type.Size < sizeof(int): break;
            case Reinterpretation r: il.Emit(OpCodes.Call, Intrinsic(r.Type.IsFloat ? nameof(Intrinsics.OfBits) : nameof(Intrinsics.Bits), r.Inputs[0].Type)); break;
            default: throw new NotSupportedException($"{v.GetType().Name} has no code");
        }
    }

    private static MethodInfo Intrinsic(string name, params DType[] types) => typeof(Intrinsics).GetMethod(name, [.. types.Select(Held)])!;

    private void Push(Number n)
    {
        switch (n.Type)
        {
            case DType.F32: il.Emit(OpCodes.Ldc_R4, BitConverter.Int32BitsToSingle((int)n.Bits)); break;
            case DType.F64: il.Emit(OpCodes.Ldc_R8, BitConverter.Int64BitsToDouble(n.Bits)); break;
            case DType.I64: il.Emit(OpCodes.Ldc_I8, n.Bits); break;
            default: il.Emit(OpCodes.Ldc_I4, (int)n.Bits); break;
        }
    }

    private LocalBuilder View(Memory of) => of is Argument a ? views[a.Index] : shared[(SharedArray)of];

    private void Address(Memory of, Value index) => Address(of, View(of), index, 0);

    /// <summary>The address of an element, or of 2ⁿ together: of a shared array's that is counted from another, from the other's.</summary>
    private void Address(Memory of, LocalBuilder view, Value index, int log)
    {
        if (of is SharedArray && SharedArray.Counted(index) is var (start, distance))
        {
            var rest = il.DeclareLocal(view.LocalType);
            il.Emit(OpCodes.Ldloca, view);
            Quotient(start, log);
            il.Emit(OpCodes.Ldc_I4, (distance >> log) + 1);
            il.Emit(OpCodes.Call, view.LocalType.GetMethod(nameof(ArrayView<>.SubView), [typeof(int), typeof(int)])!);
            il.Emit(OpCodes.Stloc, rest);
            (view, index) = (rest, distance);
        }
        il.Emit(OpCodes.Ldloca, view);
        Quotient(index, log);
        il.Emit(OpCodes.Call, view.LocalType.GetProperty("Item", [typeof(int)])!.GetMethod!);
    }

    /// <summary>An index, which is a multiple of 2ⁿ, of pieces of so many elements.</summary>
    private void Quotient(Value index, int log)
    {
        Push(index is Number n ? (int)n.Bits >> log : index);
        if (index is Number || log == 0) return;
        il.Emit(OpCodes.Ldc_I4, log);
        il.Emit(OpCodes.Shr);
    }

    private void Emit(UnaryValue u)
    {
        switch (u.Kind)
        {
            case UnaryKind.Negate:
                il.Emit(OpCodes.Neg);
                Wrap(u.Type);
                break;
            case UnaryKind.Not when u.Type == DType.Bool: Not(); break;
            case UnaryKind.Not:
                il.Emit(OpCodes.Not);
                Wrap(u.Type);
                break;
            case UnaryKind.Absolute: il.Emit(OpCodes.Call, Intrinsic(nameof(Intrinsics.Abs), u.Type)); break;
            case UnaryKind.SquareRoot: il.Emit(OpCodes.Call, typeof(IntrinsicMath.CPUOnly).GetMethod(nameof(IntrinsicMath.CPUOnly.Sqrt), [Held(u.Type)])!); break;
            case UnaryKind.Floor: il.Emit(OpCodes.Call, typeof(IntrinsicMath.CPUOnly).GetMethod(nameof(IntrinsicMath.CPUOnly.Floor), [Held(u.Type)])!); break;
            case UnaryKind.RoundToTF32:
                il.Emit(OpCodes.Call, typeof(ScalarInstructions).GetMethod(nameof(ScalarInstructions.RoundedToTF32))!);
                il.Emit(OpCodes.Call, Intrinsic(nameof(Intrinsics.OfBits), DType.I32));
                break;
            default: throw new NotSupportedException($"{u.Kind} has no code");
        }
    }

    private void Wrap(DType type)
    {
        if (type == DType.U8) il.Emit(OpCodes.Conv_U1);
    }

    private void Emit(BinaryValue b)
    {
        il.Emit(b.Kind switch
        {
            BinaryKind.Add => OpCodes.Add,
            BinaryKind.Subtract => OpCodes.Sub,
            BinaryKind.Multiply => OpCodes.Mul,
            BinaryKind.Divide => OpCodes.Div,
            BinaryKind.Remainder => OpCodes.Rem,
            BinaryKind.And => OpCodes.And,
            BinaryKind.Or => OpCodes.Or,
            BinaryKind.Xor => OpCodes.Xor,
            BinaryKind.ShiftLeft => OpCodes.Shl,
            BinaryKind.ShiftRight => OpCodes.Shr,
            BinaryKind.ShiftRightLogical => OpCodes.Shr_Un,
            BinaryKind.Equal => OpCodes.Ceq,
            _ => throw new NotSupportedException($"{b.Kind} has no code"),
        });
        Wrap(b.Type);
    }

    private void Emit(Conversion c) => il.Emit(c.Type switch
    {
        DType.F32 => OpCodes.Conv_R4,
        DType.F64 => OpCodes.Conv_R8,
        DType.I32 => OpCodes.Conv_I4,
        DType.I64 => OpCodes.Conv_I8,
        _ => OpCodes.Conv_U1,
    });
}
