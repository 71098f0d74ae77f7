using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>Where in the functions of a control op a value first becomes NaN or infinite: the same evaluation as the reference's, each step watched.</summary>
internal static class Bodies
{
    /// <summary>The first such node in what the op runs on the given arguments, each function under the watch given for it; null where there is none.</summary>
    public static NonFinite? First(Func<Function, Watch> watch, Control op, ImmutableArray<Tensor> args, string where) => op switch
    {
        Applied a => watch(a.Body).Run(args, $"{where}, in the body of {op.Name}").Problem,
        Switch s => (int)Math.Clamp(args[0].Value, 0, s.Branches.Count - 1) is var branch
            ? watch(s.Branches[branch]).Run(args[1..], $"{where}, in branch {branch} of {op.Name}").Problem : null,
        Scan s => First(watch(s.Body), s, args, where),
        While w => First(watch(w.Condition), watch(w.Body), w, args, where),
        _ => null,
    };

    private static NonFinite? First(Watch body, Scan op, ImmutableArray<Tensor> args, string where)
    {
        var (constants, carries, xs) = (args[..op.Constants], args[op.Constants..(op.Constants + op.Carries)], args[(op.Constants + op.Carries)..]);
        for (var step = 0; step < op.Length; step++)
        {
            var t = op.Reverse ? op.Length - 1 - step : step;
            var (results, problem) = body.Run([.. constants, .. carries, .. xs.Select(x => At(x, t))], $"{where}, in step {t} of {op.Name}");
            if (problem is not null) return problem;
            carries = results[..op.Carries];
        }
        return null;
    }

    private static NonFinite? First(Watch condition, Watch body, While op, ImmutableArray<Tensor> args, string where)
    {
        var (constants, carries) = (args[..op.Constants], args[op.Constants..]);
        for (var step = 0; step < op.Limit; step++)
        {
            var (holds, problem) = condition.Run([.. constants, .. carries], $"{where}, in the condition before step {step} of {op.Name}");
            if (problem is not null || holds[0].Value == 0) return problem;
            (carries, problem) = body.Run([.. constants, .. carries], $"{where}, in step {step} of {op.Name}");
            if (problem is not null) return problem;
        }
        return null;
    }

    private static Tensor At(Tensor x, int t)
    {
        var type = x.Type with { Shape = x.Shape[1..] };
        return Tensor.OfBytes(type, x.Bytes.Slice(checked((int)(t * type.Bytes)), (int)type.Bytes));
    }
}
