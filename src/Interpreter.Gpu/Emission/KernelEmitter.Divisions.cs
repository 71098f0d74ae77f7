using System.Numerics;
using System.Reflection.Emit;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Emission;

/// <remarks>
/// Indices are divided by constants, and NVIDIA's assembler makes of that, as it makes of any division, a reciprocal in f32 and its corrections: 20
/// instructions and more (seen in what 12.4 makes of <c>rem.s32 %r1, %r2, 3</c>). Compilers above it are expected to multiply by a reciprocal of
/// integers: Granlund and Montgomery, Division by Invariant Integers using Multiplication, 1994. ILGPU does not, and this does; clang, which
/// compiles for OpenCL, does it itself. Of a quotient by a power of two ILGPU 1.5.3 makes a shift, which rounds that of a negative number down: it
/// is not shown constants to divide by.
/// </remarks>
internal sealed partial class KernelEmitter
{
    private readonly Bounds bounds;

    /// <summary>Leaves on the stack an integer's quotient by a constant, or what that leaves; false where the division stays one.</summary>
    private bool PushDivided(BinaryValue division)
    {
        if (division.Type is not (DType.I32 or DType.I64) || !MayBeConstant(division.Inputs[1])) return false;
        if (division.Inputs[1] is Number { Bits: > 1 } known && !BitOperations.IsPow2(known.Bits) && (isForOpenCl || division.Type == DType.I64)) return false;
        if (division.Type != DType.I32 || division.Inputs[1] is not Number { Bits: > 1 } by)
        {
            PushHidden(division);
            return true;
        }
        var (x, divisor, isNatural) = (il.DeclareLocal(typeof(int)), (int)by.Bits, bounds.Of(division.Inputs[0]) is not null);
        Push(division.Inputs[0]);
        il.Emit(OpCodes.Stloc, x);
        if (division.Kind == BinaryKind.Divide)
        {
            PushQuotient(x, divisor, isNatural);
            return true;
        }
        il.Emit(OpCodes.Ldloc, x);
        if (isNatural && BitOperations.IsPow2(divisor))
        {
            il.Emit(OpCodes.Ldc_I4, divisor - 1);
            il.Emit(OpCodes.And);
            return true;
        }
        PushQuotient(x, divisor, isNatural);
        il.Emit(OpCodes.Ldc_I4, divisor);
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Sub);
        return true;
    }

    /// <summary>Divides by what may be a constant, of which ILGPU is not told.</summary>
    private void PushHidden(BinaryValue division)
    {
        foreach (var x in division.Inputs) Push(x);
        AddNothing(division.Type);
        il.Emit(division.Kind == BinaryKind.Divide ? OpCodes.Div : OpCodes.Rem);
    }

    private void PushQuotient(LocalBuilder x, int divisor, bool isNatural)
    {
        if (isNatural)
        {
            il.Emit(OpCodes.Ldloc, x);
            Divide(divisor);
            return;
        }
        // −|x| / d where x is negative, by s, which is then −1 and else 0: |x| is (x ^ s) − s, and so is what becomes of the quotient
        var sign = il.DeclareLocal(typeof(int));
        il.Emit(OpCodes.Ldloc, x);
        il.Emit(OpCodes.Ldc_I4, 31);
        il.Emit(OpCodes.Shr);
        il.Emit(OpCodes.Stloc, sign);
        il.Emit(OpCodes.Ldloc, x);
        Signed();
        Divide(divisor);
        Signed();

        void Signed()
        {
            il.Emit(OpCodes.Ldloc, sign);
            il.Emit(OpCodes.Xor);
            il.Emit(OpCodes.Ldloc, sign);
            il.Emit(OpCodes.Sub);
        }
    }

    /// <summary>
    /// Divides what lies on the stack, an integer of at most 2³¹, by a constant d of at least 2: ⌊x m / 2ᵖ⌋ for p = 31 + ⌈log₂ d⌉ and
    /// m = ⌈2ᵖ / d⌉, which is too much by less than 1 / d, since x (m d − 2ᵖ) &lt; 2ᵖ.
    /// </summary>
    private void Divide(int divisor)
    {
        var digits = BitOperations.Log2((uint)divisor - 1) + 1;
        if (BitOperations.IsPow2(divisor))
        {
            il.Emit(OpCodes.Ldc_I4, digits);
            il.Emit(OpCodes.Shr_Un);
            return;
        }
        var power = 31 + digits;
        il.Emit(OpCodes.Ldc_I4, (int)(uint)(((UInt128.One << power) + (UInt128)(divisor - 1)) / (UInt128)divisor));
        il.Emit(OpCodes.Call, typeof(ScalarInstructions).GetMethod(nameof(ScalarInstructions.UpperProduct))!);
        if (power == 32) return;
        il.Emit(OpCodes.Ldc_I4, power - 32);
        il.Emit(OpCodes.Shr_Un);
    }
}
