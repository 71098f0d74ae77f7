using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional.Interpreter;

/// <summary>Control ops without control: bodies inlined, loops unrolled, all branches computed and one selected.</summary>
internal static class Unrolling
{
    public static ImmutableArray<Expr> Of(Control op, ImmutableArray<Expr> args) => op switch
    {
        Applied a => a.Body.Inline(args),
        Switch s => Switch(s, args),
        Scan s => Scan(s, args),
        While w => While(w, args),
        _ => throw new NotSupportedException($"{op.GetType().Name} cannot be unrolled"),
    };

    private static ImmutableArray<Expr> Choose(Expr predicate, ImmutableArray<Expr> xs, ImmutableArray<Expr> ys) => [.. xs.Zip(ys, (x, y) => where(predicate, x, y))];

    private static ImmutableArray<Expr> Switch(Switch op, ImmutableArray<Expr> args)
    {
        var chosen = op.Branches[op.Branches.Count - 1].Inline(args[1..]);
        for (var i = op.Branches.Count - 2; i >= 0; i--) chosen = Choose(lessEqual(args[0], constant(i, DType.I32)), op.Branches[i].Inline(args[1..]), chosen);
        return chosen;
    }

    private static ImmutableArray<Expr> Scan(Scan op, ImmutableArray<Expr> args)
    {
        var (constants, carries, xs) = (args[..op.Constants], args[op.Constants..(op.Constants + op.Carries)], args[(op.Constants + op.Carries)..]);
        var ys = op.Body.Results[op.Carries..].Select(_ => new Expr[op.Length]).ToArray();
        for (var step = 0; step < op.Length; step++)
        {
            var t = op.Reverse ? op.Length - 1 - step : step;
            var results = op.Body.Inline([.. constants, .. carries, .. xs.Select(x => index(x, 0, t))]);
            carries = results[..op.Carries];
            for (var i = 0; i < ys.Length; i++) ys[i][t] = results[op.Carries + i];
        }
        return [.. carries, .. ys.Select((y, i) => y.Length > 0 ? stack(0, y) : zeros(op.Body.Results[op.Carries + i].Type is var t ? t with { Shape = t.Shape.Insert(0, 0) } : default))];
    }

    private static ImmutableArray<Expr> While(While op, ImmutableArray<Expr> args)
    {
        var (constants, carries) = (args[..op.Constants], args[op.Constants..]);
        for (var step = 0; step < op.Limit; step++)
            carries = Choose(op.Condition.Inline([.. constants, .. carries])[0], op.Body.Inline([.. constants, .. carries]), carries);
        return carries;
    }
}
