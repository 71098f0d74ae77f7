using System.Collections.Immutable;
using static System.Buffer;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// The control ops. What they own reads arguments and slices of stacked inputs where they lie, and writes slices of results where they are to
/// lie; a loop's carries alternate between the result and a second place, or go where they are stacked. A step of a loop allocates nothing.
/// </summary>
internal static unsafe class Loops
{
    public static Kernel Kernel(Plan plan, Step step, Control op, int at, ImmutableArray<Routine> bodies)
    {
        var args = op.Inputs.Select(plan.BufferOf).ToArray();
        var memory = BodyMemory.Of(op, step.Bodies.Items);
        return op switch
        {
            Switch s => Switch(s, args, step.Buffers, at, bodies),
            Scan s => Scan(s, args, step.Buffers, step.Scratch, memory, at, bodies[0]),
            While w => While(w, args, step.Buffers, step.Scratch, memory, at, bodies[0], bodies[1]),
            _ => throw new NotSupportedException($"the CPU interpreter has no kernel for {op.GetType().Name}"),
        };
    }

    /// <summary>Before a body runs: where a result is wanted.</summary>
    private static void To(Exits exits, Frame frame, int result, byte* target)
    {
        if (exits.IsStraight(result)) frame[exits.Buffer(result)] = target;
    }

    /// <summary>After it ran: the copies.</summary>
    private static void Settle(Exits exits, Frame frame, int result, byte* target)
    {
        if (!exits.IsStraight(result)) MemoryCopy(frame[exits.Buffer(result)], target, exits.Bytes(result), exits.Bytes(result));
    }

    /// <summary>The memory beside results; none is planned where it would be empty.</summary>
    private static byte* Spare(Frame frame, int scratch) => scratch < 0 ? null : frame[scratch];

    private static Kernel Switch(Switch op, int[] args, ValueArray<int> results, int at, ImmutableArray<Routine> branches)
    {
        var exits = branches.Select(b => new Exits(b.Plan)).ToArray();
        return frame =>
        {
            var chosen = Math.Clamp(*(int*)frame[args[0]], 0, op.Branches.Count - 1);
            var (inner, exit) = (frame.Bodies[at][chosen], exits[chosen]);
            for (var i = 1; i < args.Length; i++) inner[i - 1] = frame[args[i]];
            for (var r = 0; r < results.Count; r++) To(exit, inner, r, frame[results[r]]);
            branches[chosen].Run(inner);
            for (var r = 0; r < results.Count; r++) Settle(exit, inner, r, frame[results[r]]);
        };
    }

    private static Kernel Scan(Scan op, int[] args, ValueArray<int> results, int scratch, BodyMemory memory, int at, Routine body)
    {
        var (exit, k, x) = (new Exits(body.Plan), op.Constants, op.Constants + op.Carries);
        var (slices, places) = (op.Body.Parameters.Select(p => p.Type.Bytes).ToArray(), new CarryPlaces(op, body.Plan));
        return frame =>
        {
            var inner = frame.Bodies[at][0];
            for (var i = 0; i < x; i++) inner[i] = frame[args[i]];
            body.Prepare(inner);
            for (var step = 0; step < op.Length; step++)
            {
                for (var i = x; i < args.Length; i++) inner[i] = frame[args[i]] + places.Slice(step) * slices[i];
                for (var r = 0; r < results.Count; r++) To(exit, inner, r, Target(r));
                body.Run(inner);
                for (var r = 0; r < results.Count; r++)
                    if (!places.IsThere(r, step)) Settle(exit, inner, r, Target(r));
                for (var c = 0; c < op.Carries; c++) inner[k + c] = Target(c);

                byte* Target(int r)
                {
                    var (to, slice) = places.Of(r, step);
                    return to < 0 ? Spare(frame, scratch) + memory.Spares[r] : frame[results[to]] + (Math.Max(0, slice) * exit.Bytes(to));
                }
            }
            if (op.Length > 0) return;
            for (var c = 0; c < op.Carries; c++) MemoryCopy(frame[args[k + c]], frame[results[c]], exit.Bytes(c), exit.Bytes(c));
        };
    }

    private static Kernel While(While op, int[] args, ValueArray<int> results, int scratch, BodyMemory memory, int at, Routine condition, Routine body)
    {
        var (test, exit, k) = (new Exits(condition.Plan), new Exits(body.Plan), op.Constants);
        return frame =>
        {
            var (asked, inner) = (frame.Bodies[at][0], frame.Bodies[at][1]);
            for (var i = 0; i < args.Length; i++) asked[i] = inner[i] = frame[args[i]];
            condition.Prepare(asked);
            body.Prepare(inner);
            for (var step = 0; step < op.Limit; step++)
            {
                for (var i = 0; i < args.Length; i++) asked[i] = inner[i];
                To(test, asked, 0, Spare(frame, scratch) + memory.Answer);
                condition.Run(asked);
                if (*asked[test.Buffer(0)] == 0) break;
                for (var r = 0; r < results.Count; r++) To(exit, inner, r, Target(r, step));
                body.Run(inner);
                for (var r = 0; r < results.Count; r++) Settle(exit, inner, r, Target(r, step));
                for (var r = 0; r < results.Count; r++) inner[k + r] = Target(r, step);
            }
            for (var r = 0; r < results.Count; r++)
                if (inner[k + r] != frame[results[r]]) MemoryCopy(inner[k + r], frame[results[r]], exit.Bytes(r), exit.Bytes(r));

            byte* Target(int r, int step) => step % 2 == 0 ? frame[results[r]] : Spare(frame, scratch) + memory.Spares[r];
        };
    }
}
