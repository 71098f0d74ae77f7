using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>The control ops, step by step.</summary>
internal static class Loops
{
    public static ImmutableArray<Tensor> Of(Control op, ImmutableArray<Tensor> args) => op switch
    {
        Applied a => Evaluation.Of(a.Body, args),
        Switch s => Evaluation.Of(s.Branches[(int)Math.Clamp(args[0].Value, 0, s.Branches.Count - 1)], args[1..]),
        Scan s => Scan(s, args),
        While w => While(w, args),
        _ => throw new NotSupportedException($"the reference interpreter has no arm for {op.GetType().Name}"),
    };

    private static ImmutableArray<Tensor> Scan(Scan op, ImmutableArray<Tensor> args)
    {
        var (constants, carries, xs) = (args[..op.Constants], args[op.Constants..(op.Constants + op.Carries)], args[(op.Constants + op.Carries)..]);
        var ys = op.Body.Results[op.Carries..].Select(r => new HostStorage(r.Type.Bytes * op.Length)).ToArray();
        for (var step = 0; step < op.Length; step++)
        {
            var t = op.Reverse ? op.Length - 1 - step : step;
            var results = Evaluation.Of(op.Body, [.. constants, .. carries, .. xs.Select(x => At(x, t))]);
            carries = results[..op.Carries];
            for (var i = 0; i < ys.Length; i++) results[op.Carries + i].Bytes.CopyTo(ys[i].Span[(t * results[op.Carries + i].Bytes.Length)..]);
        }
        return [.. carries, .. ys.Zip(op.Body.Results.Skip(op.Carries), (y, r) => new Tensor(r.Type with { Shape = r.Shape.Insert(0, op.Length) }, y))];
    }

    private static Tensor At(Tensor x, int t)
    {
        var type = x.Type with { Shape = x.Shape[1..] };
        return Tensor.OfBytes(type, x.Bytes.Slice(checked((int)(t * type.Bytes)), (int)type.Bytes));
    }

    private static ImmutableArray<Tensor> While(While op, ImmutableArray<Tensor> args)
    {
        var (constants, carries) = (args[..op.Constants], args[op.Constants..]);
        for (var step = 0; step < op.Limit && Evaluation.Of(op.Condition, [.. constants, .. carries])[0].Value != 0; step++)
            carries = Evaluation.Of(op.Body, [.. constants, .. carries]);
        return carries;
    }
}
