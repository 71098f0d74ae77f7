using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>
/// How the scratch memory of a control op's step is divided: first the arena of its bodies, of which one runs at a time; then a second place
/// for each carry of a loop, which alternates with the result; then the condition's answer.
/// </summary>
/// <param name="Spares">Where the second place of each carry begins; empty where there is none.</param>
/// <param name="Answer">Where the condition's answer is.</param>
/// <param name="Bytes">The size of it all.</param>
public sealed record BodyMemory(ValueArray<long> Spares, long Answer, long Bytes)
{
    /// <summary>The division for an op with planned bodies.</summary>
    public static BodyMemory Of(Control op, ImmutableArray<Plan> bodies)
    {
        var at = bodies.Max(b => b.ArenaBytes);
        var (first, count, steps) = op switch
        {
            Scan s => (s.Constants, s.Carries, s.Length),
            While w => (w.Constants, w.Args.Count - w.Constants, w.Limit),
            _ => (0, 0, 0),
        };
        var spares = ImmutableArray.CreateBuilder<long>();
        for (var i = first; i < first + count && steps > 1; i++)
        {
            spares.Add(at);
            at += Layout.Rounded(op.Args[i].Type.Bytes);
        }
        return new(spares.ToImmutable(), at, op is While ? at + Layout.Rounded(1) : at);
    }

    /// <summary>What a step of the op costs: a scan's body for each of its steps, of a switch the branch with the most arithmetic, a loop's body as often as it may run.</summary>
    internal static Cost CostOf(Control op, ImmutableArray<Plan> bodies) => op switch
    {
        Scan s => bodies[0].Cost * s.Length,
        While w => (bodies[0].Cost + bodies[1].Cost) * w.Limit,
        _ => bodies.Select(b => b.Cost).MaxBy(c => c.Flops),
    };
}
