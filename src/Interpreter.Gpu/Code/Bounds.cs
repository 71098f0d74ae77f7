using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Gpu.Code;

/// <summary>The most that a kernel's I32 can be, of those that cannot be negative: what is computed without wrapping from indices, loops' counters and numbers.</summary>
internal sealed class Bounds
{
    private readonly KernelCode code;
    private readonly ILookup<Local, Value> assigned;
    private readonly Dictionary<Local, CountedLoop> loops;
    private readonly Dictionary<Value, int?> known = new(ReferenceEqualityComparer.Instance);

    public Bounds(KernelCode code)
    {
        this.code = code;
        var all = code.Body.All().ToList();
        assigned = all.OfType<Assignment>().ToLookup(a => a.Target, a => a.Value); // what is read by one access is assigned to nothing else
        loops = all.OfType<CountedLoop>().ToDictionary(l => l.Counter);
    }

    /// <summary>The most that a value can be, which is not below 0; null where it may be, or nothing is known.</summary>
    public int? Of(Value v)
    {
        if (v.Type != DType.I32) return null;
        if (known.TryGetValue(v, out var most)) return most;
        RuntimeHelpers.EnsureSufficientExecutionStack();
        known[v] = null; // what depends on itself may be anything
        return known[v] = Found(v) is { } found and >= 0 and <= int.MaxValue ? (int)found : null;
    }

    private long? Found(Value v) => v switch
    {
        Number n => n.Bits,
        Place p => (p.Kind == PlaceKind.Group ? code.Groups : code.Threads) - 1,
        Local variable when loops.TryGetValue(variable, out var loop) => Of(loop.From) is { } from && Of(loop.Until) is { } until ? Math.Max(from, until - 1L) : null,
        Local variable when assigned.Contains(variable) => assigned[variable].Select(x => (long?)Of(x)).Aggregate(Greater),
        Selection => Greater(Of(v.Inputs[1]), Of(v.Inputs[2])),
        Conversion { Type: DType.I32 } c when c.Inputs[0].Type is DType.U8 or DType.Bool => byte.MaxValue,
        BinaryValue b => Found(b.Kind, b.Inputs[0], b.Inputs[1]),
        _ => null,
    };

    private long? Found(BinaryKind kind, Value x, Value y) => (kind, Of(x), Of(y)) switch
    {
        (BinaryKind.Add, { } a, { } b) => (long)a + b,
        (BinaryKind.Multiply, { } a, { } b) => (long)a * b,
        (BinaryKind.Divide, { } a, { }) => y is Number { Bits: > 0 } by ? a / by.Bits : a,
        (BinaryKind.Remainder, { } a, { } b) => Math.Min(a, Math.Max(b - 1, 0)),
        (BinaryKind.ShiftRight or BinaryKind.ShiftRightLogical, { } a, { }) => a,
        (BinaryKind.And, { } a, { } b) => Math.Min(a, b),
        (BinaryKind.And, { } a, null) => a,
        (BinaryKind.And, null, { } b) => b,
        (BinaryKind.Or or BinaryKind.Xor, { } a, { } b) => (1L << (BitOperations.Log2((uint)(a | b)) + 1)) - 1,
        _ => null,
    };

    private static long? Greater(long? a, long? b) => a is { } x && b is { } y ? Math.Max(x, y) : null;
}
