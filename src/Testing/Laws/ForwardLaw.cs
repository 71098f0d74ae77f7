using System.Collections.Immutable;
using Functional.Interpreter;

namespace Functional.Testing;

/// <summary>The tangent of each result is the derivative of its value along the direction, by differences.</summary>
internal static class ForwardLaw
{
    public const string Name = "a tangent is the central difference of the value";

    /// <summary>The steps of the differences: from the first, halved six times; where that fails, from the second.</summary>
    private static (double Coarse, double Fine) Steps(DType type) => type == DType.F64 ? (1.0 / 64, 1.0 / 16384) : (1.0 / 8, 1.0 / 128);

    /// <summary>How near differences come to the derivative, relative to the numbers' size: rounding is about 1e-13 / h in f64, 1e-5 / h in f32.</summary>
    public static double Tolerance(Trial t) => t.Settings.Tolerance ?? (t.Precision == DType.F64 ? 1e-7 : 5e-3);

    public static IEnumerable<Finding> Of(Trial t)
    {
        if (!t.Differentiable) return [];
        var (n, directions) = (t.Floating.Length, t.Directions);
        var forward = Derivatives.Forward(t.Function);
        var both = t.Run(forward, directions);
        if (NotFinite(t, both[..n], "value") is { } value) return [value];
        if (NotFinite(t, both[n..], "tangent") is { } tangent) return [tangent];
        var line = t.Settings.Interpreter.Compile(Derivatives.Line(t.Function));
        var estimate = Estimate(t, line, directions, both[n..], both[..n]);
        return [.. Enumerable.Range(0, n).Select(k => Worst(t, line, forward, k, both[k], both[n + k], estimate[k]))];
    }

    /// <summary>The derivatives of the floating-point results along the directions, by differences.</summary>
    public static ImmutableArray<double[]> Central(Trial t) => Estimate(t, t.Settings.Interpreter.Compile(Derivatives.Line(t.Function)), t.Directions, null, null);

    private static ImmutableArray<double[]> Estimate(Trial t, IExecutable line, ImmutableArray<Tensor> directions, ImmutableArray<Tensor>? expected, ImmutableArray<Tensor>? values)
    {
        double[] At(double step) => Values.Flat(line.Run([.. t.Inputs, .. directions, Tensor.Scalar(step)]));
        var (coarse, fine) = Steps(t.Precision);
        var best = Differences.Estimates(At, coarse);
        var (tangents, size) = expected is null ? (null, 1.0) : (Values.Flat(expected), Size([.. expected, .. values!]));
        if (tangents is null || Enumerable.Range(0, best.Length).Any(i => !(Math.Abs(best[i].Value - tangents[i]) <= Tolerance(t) * size)))
            best = [.. best.Zip(Differences.Estimates(At, fine), (a, b) => b.Error < a.Error ? b : a)];
        var at = 0;
        return [.. t.Floating.Select(k => best[at..(at += (int)t.Function.Results[k].Shape.Size)].Select(e => e.Value).ToArray())];
    }

    private static Finding Worst(Trial t, IExecutable line, Function forward, int k, Tensor value, Tensor tangent, double[] difference)
    {
        var name = t.Outputs[t.Floating[k]];
        var tolerance = Tolerance(t) * Size([value, tangent]);
        if (difference.Length == 0) return t.Compare(Name, name, 0, 0, tolerance);
        double Off(int i) => double.IsNaN(difference[i]) ? double.PositiveInfinity : Math.Abs(tangent[i] - difference[i]);
        var worst = Enumerable.Range(0, difference.Length).MaxBy(Off);
        var place = $"the tangent of {Leaves.Element(name, value.Shape, worst)}";
        if (Off(worst) <= tolerance) return t.Compare(Name, place, difference[worst], tangent[worst], tolerance);
        var start = t.Floating.Take(k).Sum(r => (int)t.Function.Results[r].Shape.Size) + worst;
        ImmutableArray<string> blamed = [.. t.Moving.Select((p, i) => (p, i)).Where(p => Differs(p.i)).Select(p => t.Arguments[p.p])];
        return t.Compare(Name, place + (blamed.IsEmpty ? "" : $" by {string.Join(" and ", blamed)}"), difference[worst], tangent[worst], tolerance,
            Hints.Of(t, step => Values.Flat(line.Run([.. t.Inputs, .. t.Directions, Tensor.Scalar(step)]))[start], tolerance));

        bool Differs(int argument)
        {
            var alone = t.DirectionsIn(argument);
            var expected = Estimate(t, line, alone, null, null)[k][worst];
            return !(Math.Abs(t.Run(forward, alone)[t.Floating.Length + k][worst] - expected) <= tolerance);
        }
    }

    private static double Size(IEnumerable<Tensor> xs) => Values.Flat(xs).Select(Math.Abs).Append(1).Max();

    private static Finding? NotFinite(Trial t, ImmutableArray<Tensor> results, string what)
    {
        for (var k = 0; k < results.Length; k++)
            for (var i = 0; i < results[k].Shape.Size; i++)
                if (!double.IsFinite(results[k][i]))
                    return t.Compare(Name, $"the {what} of {Leaves.Element(t.Outputs[t.Floating[k]], results[k].Shape, i)}", 0, double.IsNaN(results[k][i]) ? double.PositiveInfinity : results[k][i], 0,
                        what == "value" ? $"{t.Name} is not finite at this point: choose a point within its domain"
                        : $"the value is finite and its derivative is not: this is a pole of the derivative (as of sqrt at 0), or 0 · ∞ in a branch that where does not select");
        return null;
    }
}
