using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>
/// How control ops run, whatever runs what they own. That reads arguments and slices of stacked inputs where they lie, and writes slices of results
/// where they are to lie; a loop's carries alternate between the result and a second place, or go where they are stacked. A step of a loop
/// allocates nothing. On a device a scan, and what is made of one (foriLoop, the gradient of both), is queued without waiting; a switch and a
/// while wait for the number that decides, the latter at each step.
/// </summary>
/// <typeparam name="TFrame">Where buffers are.</typeparam>
/// <typeparam name="TPlace">Where one is.</typeparam>
public sealed class ControlFlow<TFrame, TPlace> where TFrame : IFrame<TFrame, TPlace>
{
    private readonly int[] args;
    private readonly ValueArray<int> results;
    private readonly int at;
    private readonly int scratch;
    private readonly BodyMemory memory;
    private readonly ImmutableArray<IRoutine<TFrame>> bodies;
    private readonly Exits[] exits;

    private ControlFlow(Plan plan, Step step, Control op, int at, ImmutableArray<IRoutine<TFrame>> bodies)
    {
        (this.at, this.bodies, results, scratch, memory) = (at, bodies, step.Buffers, step.Scratch, BodyMemory.Of(op, step.Bodies.Items));
        (args, exits) = ([.. op.Inputs.Select(plan.BufferOf)], [.. bodies.Select(b => new Exits(b.Plan))]);
    }

    /// <summary>What a step of a control op does in a frame.</summary>
    /// <param name="plan">Whose step it is.</param>
    /// <param name="step">The step.</param>
    /// <param name="op">Its op.</param>
    /// <param name="at">Which of the plan's control ops it is.</param>
    /// <param name="bodies">What the op owns.</param>
    public static Action<TFrame> Of(Plan plan, Step step, Control op, int at, ImmutableArray<IRoutine<TFrame>> bodies)
    {
        var flow = new ControlFlow<TFrame, TPlace>(plan, step, op, at, bodies);
        return op switch
        {
            Switch s => flow.Switch(s),
            Scan s => flow.Scan(s),
            While w => flow.While(w),
            _ => throw new NotSupportedException($"no interpreter runs {op.GetType().Name}"),
        };
    }

    /// <summary>Runs a body with its results where they are wanted: written there, or copied.</summary>
    private void Run(int body, TFrame inner, Func<TFrame, int, int, TPlace> target, TFrame frame, int step)
    {
        var exit = exits[body];
        for (var r = 0; r < results.Count; r++)
            if (exit.IsStraight(r)) inner[exit.Buffer(r)] = target(frame, r, step);
        bodies[body].Run(inner);
        for (var r = 0; r < results.Count; r++)
            if (!exit.IsStraight(r)) inner.Copy(inner[exit.Buffer(r)], target(frame, r, step), exit.Bytes(r));
    }

    private TPlace Result(TFrame frame, int result, long bytes, int slice = 0) => frame.Part(frame[results[result]], slice * bytes, bytes);

    /// <summary>A carry's place beside the result. None is planned where it would be empty.</summary>
    private TPlace Spare(TFrame frame, int carry, long bytes) => scratch < 0 ? frame[results[carry]] : frame.Part(frame[scratch], memory.Spares[carry], bytes);

    private Action<TFrame> Switch(Switch op)
    {
        Func<TFrame, int, int, TPlace> target = (frame, r, _) => frame[results[r]];
        return frame =>
        {
            var chosen = Math.Clamp(frame.Read(frame[args[0]], sizeof(int)), 0, op.Branches.Count - 1);
            var inner = frame.Body(at, chosen);
            for (var i = 1; i < args.Length; i++) inner[i - 1] = frame[args[i]];
            Run(chosen, inner, target, frame, 0);
        };
    }

    private Action<TFrame> Scan(Scan op)
    {
        var (k, x, places, exit) = (op.Constants, op.Constants + op.Carries, new CarryPlaces(op, bodies[0].Plan), exits[0]);
        var slices = op.Body.Parameters.Select(p => p.Type.Bytes).ToArray();
        Func<TFrame, int, int, TPlace> target = (frame, r, step) => places.Of(r, step) is var (to, slice) && to < 0
            ? Spare(frame, r, exit.Bytes(r))
            : Result(frame, to, exit.Bytes(to), Math.Max(0, slice));
        return frame =>
        {
            var inner = frame.Body(at, 0);
            for (var i = 0; i < x; i++) inner[i] = frame[args[i]];
            bodies[0].Prepare(inner);
            for (var step = 0; step < op.Length; step++)
            {
                for (var i = x; i < args.Length; i++) inner[i] = frame.Part(frame[args[i]], places.Slice(step) * slices[i], slices[i]);
                Run(0, inner, target, frame, step);
                for (var c = 0; c < op.Carries; c++) inner[k + c] = target(frame, c, step);
            }
            if (op.Length > 0) return;
            for (var c = 0; c < op.Carries; c++) frame.Copy(frame[args[k + c]], frame[results[c]], exit.Bytes(c));
        };
    }

    private Action<TFrame> While(While op)
    {
        var (k, test, exit) = (op.Constants, exits[0], exits[1]);
        Func<TFrame, int, int, TPlace> target = (frame, r, step) => step % 2 == 0 ? Result(frame, r, exit.Bytes(r)) : Spare(frame, r, exit.Bytes(r));
        return frame =>
        {
            var (asked, inner) = (frame.Body(at, 0), frame.Body(at, 1));
            for (var i = 0; i < args.Length; i++) asked[i] = inner[i] = frame[args[i]];
            bodies[0].Prepare(asked);
            bodies[1].Prepare(inner);
            for (var step = 0; step < op.Limit; step++)
            {
                for (var i = 0; i < args.Length; i++) asked[i] = inner[i];
                if (test.IsStraight(0)) asked[test.Buffer(0)] = frame.Part(frame[scratch], memory.Answer, 1);
                bodies[0].Run(asked);
                if (frame.Read(asked[test.Buffer(0)], 1) == 0) break;
                Run(1, inner, target, frame, step);
                for (var r = 0; r < results.Count; r++) inner[k + r] = target(frame, r, step);
            }
            for (var r = 0; r < results.Count; r++) frame.Copy(inner[k + r], frame[results[r]], exit.Bytes(r));
        };
    }
}
