using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>
/// How the scratch memory of a control op's step is divided: first the arena of its bodies, of which one runs at a time, but that what a loop's
/// body keeps from step to step stays; then a second place for each carry of a loop that alternates with the result; then the condition's answer.
/// </summary>
/// <param name="Arenas">Where the arena of each body begins.</param>
/// <param name="Spares">Where the second place of each carry begins, −1 where it has none; empty where none has.</param>
/// <param name="Answer">Where the condition's answer is.</param>
/// <param name="Bytes">The size of it all.</param>
public sealed record BodyMemory(ValueArray<long> Arenas, ValueArray<long> Spares, long Answer, long Bytes)
{
    /// <summary>The division for an op with planned bodies.</summary>
    public static BodyMemory Of(Control op, ImmutableArray<Plan> bodies)
    {
        var isKept = bodies.Any(b => b.Steps.Any(s => s.Kept >= 0));
        ImmutableArray<long> arenas = [.. bodies.Select((_, i) => isKept ? bodies.Take(i).Sum(b => Layout.Rounded(b.ArenaBytes)) : 0)];
        var at = bodies.Select((b, i) => arenas[i] + b.ArenaBytes).Max();
        var (first, count, steps) = op switch
        {
            Scan s => (s.Constants, s.Carries, s.Length),
            While w => (w.Constants, w.Args.Count - w.Constants, w.Limit),
            _ => (0, 0, 0),
        };
        var spares = ImmutableArray.CreateBuilder<long>();
        var places = op is Scan scan ? new CarryPlaces(scan, bodies[0]) : null;
        for (var i = first; i < first + count && steps > 1; i++)
        {
            var alternates = places?.Alternates(i - first) ?? true;
            spares.Add(alternates ? at : -1);
            if (!alternates) continue;
            at += Layout.Rounded(op.Args[i].Type.Bytes);
        }
        return new(arenas, spares.ToImmutable(), at, op is While ? at + Layout.Rounded(1) : at);
    }

    /// <summary>How many of the first parameters of its bodies are the same at each of several steps.</summary>
    internal static int Constants(Control op) => op switch
    {
        Scan { Length: > 1 } s => s.Constants,
        While { Limit: > 1 } w => w.Constants,
        _ => 0,
    };

    /// <summary>What a step of the op costs: a scan's body for each of its steps, of a switch the branch with the most arithmetic, a loop's body as often as it may run.</summary>
    internal static Cost CostOf(Control op, ImmutableArray<Plan> bodies) => op switch
    {
        Scan s => bodies[0].Cost * s.Length,
        While w => (bodies[0].Cost + bodies[1].Cost) * w.Limit,
        _ => bodies.Select(b => b.Cost).MaxBy(c => c.Flops),
    };
}
