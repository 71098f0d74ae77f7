using System.Collections.Immutable;
using System.Reflection.Emit;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Emission;

/// <remarks>
/// Where the first of two numbers that are compared is a constant, ILGPU 1.5.3 exchanges both, and then takes it that the comparison of
/// floating-point numbers holds, too, where one is NaN (<c>CompareValue.SwapOperands</c> inverts the flag as <c>Invert</c> must). What may turn
/// out to be a constant therefore comes second, and where both may, NaN is excluded apart.
/// </remarks>
internal sealed partial class KernelEmitter
{
    private readonly HashSet<Local> maybeConstant = [];
    private readonly Dictionary<Value, bool> judged = new(ReferenceEqualityComparer.Instance);

    /// <summary>Finds the variables that are constants, or may be where no other number has been assigned to them yet.</summary>
    private void FindConstants(ImmutableArray<Statement> body)
    {
        var assignments = body.All().OfType<Assignment>().ToList();
        for (var isNew = true; isNew;)
        {
            isNew = false;
            judged.Clear();
            foreach (var a in assignments) isNew |= MayBeConstant(a.Value) && maybeConstant.Add(a.Target);
        }
    }

    private bool MayBeConstant(Value v) => v switch
    {
        Number => true,
        Local variable => maybeConstant.Contains(variable),
        Element or Place => false,
        _ when judged.TryGetValue(v, out var known) => known,
        _ => judged[v] = AreConstant(v),
    };

    private bool AreConstant(Value v) => v switch
    {
        Selection => MayBeConstant(v.Inputs[0]) ? MayBeConstant(v.Inputs[1]) || MayBeConstant(v.Inputs[2]) : MayBeConstant(v.Inputs[1]) && MayBeConstant(v.Inputs[2]),
        _ => v.Inputs.ToArray().All(MayBeConstant),
    };

    /// <summary>Leaves on the stack whether x &lt; y or, of floating-point numbers, x ≤ y.</summary>
    private void PushComparison(BinaryValue comparison)
    {
        var (x, y, orEqual) = (comparison.Inputs[0], comparison.Inputs[1], comparison.Kind == BinaryKind.LessOrEqual);
        var isExchanged = x.Type.IsFloat && MayBeConstant(x);
        Push(isExchanged ? y : x);
        Push(isExchanged ? x : y);
        // x ≤ y where not x > y, which of NaN holds, too
        il.Emit((isExchanged, orEqual) switch
        {
            (false, false) => OpCodes.Clt,
            (true, false) => OpCodes.Cgt,
            (false, true) => x.Type.IsFloat ? OpCodes.Cgt_Un : OpCodes.Cgt,
            (true, true) => OpCodes.Clt_Un,
        });
        if (orEqual) Not();
        if (!isExchanged || !MayBeConstant(y)) return;
        foreach (var number in (Value[])[x, y])
        {
            Push(number);
            Push(number);
            il.Emit(OpCodes.Ceq);
            il.Emit(OpCodes.And);
        }
    }

    private void Not()
    {
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Ceq);
    }
}
