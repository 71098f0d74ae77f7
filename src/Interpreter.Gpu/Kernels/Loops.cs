using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// The control ops. What they own reads arguments and slices of stacked inputs where they lie, and writes slices of results where they are to
/// lie; a loop's carries alternate between the result and a second place, or go where they are stacked. A scan, and what is made of one
/// (foriLoop, the gradient of both), is queued without waiting; a switch and a while wait for the number that decides, the latter at each step.
/// </summary>
internal static class Loops
{
    public static Launch Launch(Plan plan, Step step, Control op, int at, ImmutableArray<Routine> bodies)
    {
        var args = op.Inputs.Select(plan.BufferOf).ToArray();
        var memory = BodyMemory.Of(op, step.Bodies.Items);
        return op switch
        {
            Switch s => Switch(s, args, step.Buffers, at, bodies),
            Scan s => Scan(s, args, step.Buffers, step.Scratch, memory, at, bodies[0]),
            While w => While(w, args, step.Buffers, step.Scratch, memory, at, bodies[0], bodies[1]),
            _ => throw new NotSupportedException($"the GPU interpreter has no kernel for {op.GetType().Name}"),
        };
    }

    /// <summary>What is there already stays: a carry that another becomes may lie where it goes, and OpenCL refuses copies of a place to itself.</summary>
    private static void Copy(Frame frame, ArrayView<byte> from, ArrayView<byte> to)
    {
        if (from.Length > 0 && PlaceOf(from) != PlaceOf(to)) from.CopyTo(frame.Stream, to.SubView(0, from.Length));
    }

    private static (MemoryBuffer Buffer, long Start) PlaceOf<TView>(TView view) where TView : struct, IContiguousArrayView => (view.Buffer, view.IndexInBytes);

    /// <summary>Before a body runs: where a result is wanted.</summary>
    private static void To(Exits exits, Frame frame, int result, ArrayView<byte> target)
    {
        if (exits.IsStraight(result)) frame[exits.Buffer(result)] = target;
    }

    /// <summary>After it ran: the copies.</summary>
    private static void Settle(Exits exits, Frame frame, int result, ArrayView<byte> target)
    {
        if (!exits.IsStraight(result)) Copy(frame, At(exits, frame, result), target);
    }

    private static ArrayView<byte> At(Exits exits, Frame frame, int result) => frame[exits.Buffer(result)].SubView(0, exits.Bytes(result));

    private static Launch Switch(Switch op, int[] args, ValueArray<int> results, int at, ImmutableArray<Routine> branches)
    {
        var exits = branches.Select(b => new Exits(b.Plan)).ToArray();
        var (gpu, answer) = (branches[0].Gpu, new int[1]);
        return frame =>
        {
            gpu.Read(frame.Stream, frame[args[0]], MemoryMarshal.AsBytes(answer.AsSpan()));
            var chosen = Math.Clamp(answer[0], 0, op.Branches.Count - 1);
            var (inner, exit) = (frame.Bodies[at][chosen], exits[chosen]);
            for (var i = 1; i < args.Length; i++) inner[i - 1] = frame[args[i]];
            for (var r = 0; r < results.Count; r++) To(exit, inner, r, frame[results[r]]);
            branches[chosen].Run(inner);
            for (var r = 0; r < results.Count; r++) Settle(exit, inner, r, frame[results[r]]);
        };
    }

    private static Launch Scan(Scan op, int[] args, ValueArray<int> results, int scratch, BodyMemory memory, int at, Routine body)
    {
        var (exit, k, x) = (new Exits(body.Plan), op.Constants, op.Constants + op.Carries);
        var (slices, places) = (op.Body.Parameters.Select(p => p.Type.Bytes).ToArray(), new CarryPlaces(op, body.Plan));
        return frame =>
        {
            var inner = frame.Bodies[at][0];
            for (var i = 0; i < x; i++) inner[i] = frame[args[i]];
            for (var step = 0; step < op.Length; step++)
            {
                for (var i = x; i < args.Length; i++) inner[i] = frame[args[i]].SubView(places.Slice(step) * slices[i], slices[i]);
                for (var r = 0; r < results.Count; r++) To(exit, inner, r, Target(r));
                body.Run(inner);
                for (var r = 0; r < results.Count; r++)
                    if (!places.IsThere(r, step)) Settle(exit, inner, r, Target(r));
                for (var c = 0; c < op.Carries; c++) inner[k + c] = Target(c);

                ArrayView<byte> Target(int r)
                {
                    var (to, slice) = places.Of(r, step);
                    return to < 0 ? frame[scratch].SubView(memory.Spares[r], exit.Bytes(r)) : frame[results[to]].SubView(Math.Max(0, slice) * exit.Bytes(to), exit.Bytes(to));
                }
            }
            if (op.Length > 0) return;
            for (var c = 0; c < op.Carries; c++) Copy(frame, frame[args[k + c]].SubView(0, exit.Bytes(c)), frame[results[c]]);
        };
    }

    private static Launch While(While op, int[] args, ValueArray<int> results, int scratch, BodyMemory memory, int at, Routine condition, Routine body)
    {
        var (test, exit, k) = (new Exits(condition.Plan), new Exits(body.Plan), op.Constants);
        var answer = new byte[1];
        return frame =>
        {
            var (asked, inner) = (frame.Bodies[at][0], frame.Bodies[at][1]);
            for (var i = 0; i < args.Length; i++) inner[i] = frame[args[i]];
            var steps = 0;
            for (; steps < op.Limit; steps++)
            {
                for (var i = 0; i < args.Length; i++) asked[i] = inner[i];
                To(test, asked, 0, frame[scratch].SubView(memory.Answer, 1));
                condition.Run(asked);
                body.Gpu.Read(frame.Stream, At(test, asked, 0), answer);
                if (answer[0] == 0) break;
                for (var r = 0; r < results.Count; r++) To(exit, inner, r, Target(r, steps));
                body.Run(inner);
                for (var r = 0; r < results.Count; r++) Settle(exit, inner, r, Target(r, steps));
                for (var r = 0; r < results.Count; r++) inner[k + r] = Target(r, steps);
            }
            for (var r = 0; r < results.Count; r++)
                if (steps == 0 || (steps - 1) % 2 != 0) Copy(frame, inner[k + r].SubView(0, exit.Bytes(r)), frame[results[r]]);

            ArrayView<byte> Target(int r, int step) => step % 2 == 0 ? frame[results[r]].SubView(0, exit.Bytes(r)) : frame[scratch].SubView(memory.Spares[r], exit.Bytes(r));
        };
    }
}
