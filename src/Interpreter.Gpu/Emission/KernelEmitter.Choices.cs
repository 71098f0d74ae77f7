using System.Reflection.Emit;
using Functional.Interpreter.Gpu.Code;
using ILGPU;
using ILGPU.Util;

namespace Functional.Interpreter.Gpu.Emission;

/// <remarks>
/// Of a bitwise function of three numbers, and a choice between it and one of the three, LLVM makes one instruction where a processor has
/// AVX-512 (<c>vpternlog</c> under a mask). Where another of the three is a constant or in memory, LLVM 18, by which PoCL compiles, mixes up their
/// order (llvm/llvm-project#157929). For OpenCL, nothing is therefore added to what is made of bits before it is chosen, and that it is nothing no
/// compiler knows: the sign of a length. It costs an addition, and on other devices as little.
/// </remarks>
internal sealed partial class KernelEmitter
{
    private readonly HashSet<Local> ofBits = [];

    /// <summary>Leaves what is chosen on the stack.</summary>
    private void PushChoice(Selection s)
    {
        Push(s.Inputs[0]);
        foreach (var x in s.Inputs[1..])
        {
            Push(x);
            if (isForOpenCl && x.Type != DType.Bool && IsOfBits(x)) AddNothing(x.Type);
        }
        il.Emit(OpCodes.Call, typeof(Utilities).GetMethod(nameof(Utilities.Select))!.MakeGenericMethod(Held(s.Type)));
    }

    /// <summary>Whether a number has been made bit by bit.</summary>
    private bool IsOfBits(Value v) => v switch
    {
        Local variable => ofBits.Contains(variable),
        BinaryValue { Kind: BinaryKind.And or BinaryKind.Or or BinaryKind.Xor } or UnaryValue { Kind: UnaryKind.Not } => true,
        UnaryValue { Kind: UnaryKind.Absolute or UnaryKind.Negate, Type.IsFloat: true } or Reinterpretation => IsOfBits(v.Inputs[0]),
        Selection => IsOfBits(v.Inputs[1]) || IsOfBits(v.Inputs[2]),
        _ => false,
    };

    private void AddNothing(DType type)
    {
        var isWide = type.Size == sizeof(long);
        if (type is DType.F32 or DType.F64) il.Emit(OpCodes.Call, Intrinsic(nameof(Intrinsics.Bits), type));
        il.Emit(OpCodes.Ldloca, views[0]);
        il.Emit(OpCodes.Call, views[0].LocalType.GetProperty(nameof(ArrayView<>.Length))!.GetMethod!);
        il.Emit(OpCodes.Ldc_I4, (8 * sizeof(long)) - 1);
        il.Emit(OpCodes.Shr);
        if (!isWide) il.Emit(OpCodes.Conv_I4);
        il.Emit(OpCodes.Add);
        if (type is DType.F32 or DType.F64) il.Emit(OpCodes.Call, Intrinsic(nameof(Intrinsics.OfBits), isWide ? DType.I64 : DType.I32));
    }
}
