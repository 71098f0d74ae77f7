using System.Collections.Immutable;
using Functional.Interpreter;

namespace Functional.Testing;

/// <summary>vmap of a function, over a stack of points, is the stack of its values at each.</summary>
internal static class BatchLaw
{
    public const string Name = "vmap is one example after the other";

    private const int Examples = 3;

    public static IEnumerable<Finding> Of(Trial t)
    {
        if (t.Function.Parameters.IsEmpty) return [];
        ImmutableArray<ImmutableArray<Tensor>> examples = [.. Enumerable.Range(0, Examples).Select(e => Example(t, e))];
        var single = t.Settings.Interpreter.Compile(t.Function);
        var one = examples.Select(e => single.Run(e)).ToList();
        var all = t.Settings.Interpreter.Compile(Derivatives.Batched(t.Function, Examples))
            .Run([.. Enumerable.Range(0, t.Function.Parameters.Length).Select(p => Values.Stack([.. examples.Select(e => e[p])]))]);
        return t.Outputs.Select((name, k) => Worst(t, name, Values.Stack([.. one.Select(results => results[k])]), all[k]));
    }

    /// <summary>The point itself, then points near it: a distance that keeps within a domain, or other small integers.</summary>
    private static ImmutableArray<Tensor> Example(Trial t, int e)
    {
        if (e == 0) return t.Inputs;
        if (t.Settings.Numbers == Numbers.Integers) return Values.Drawn([.. t.Inputs.Select(x => x.Type)], Numbers.Integers, t.Settings.Seed + 10 + e);
        var next = 0;
        var directions = t.Directions;
        return [.. t.Inputs.Select(x => x.DType.IsFloat
            ? Values.Of(x.Type, [.. Values.Elements(x).Zip(Values.Elements(directions[next++]), (a, v) => a + v * e / 256)]) : x)];
    }

    private static Finding Worst(Trial t, string name, Tensor expected, Tensor actual)
    {
        if (expected.Type != actual.Type) return t.Compare(Name, $"the batched {name} has type {actual.Type} for {expected.Type}: its rank", expected.Shape.Rank, double.NaN, 0);
        var (e, a) = (Values.Elements(expected), Values.Elements(actual));
        var tolerance = Tolerance(t, expected.DType) * e.Where(double.IsFinite).Select(Math.Abs).Append(1).Max();
        double Off(int i) => e[i].Equals(a[i]) ? 0 : Math.Abs(e[i] - a[i]) is var off && double.IsNaN(off) ? double.PositiveInfinity : off;
        if (e.Length == 0) return t.Compare(Name, name, 0, 0, 0);
        var worst = Enumerable.Range(0, e.Length).MaxBy(Off);
        return t.Compare(Name, $"the batched {Leaves.Element(name, expected.Shape, worst)}", e[worst], a[worst], tolerance);
    }

    /// <summary>A batched product may add in another order.</summary>
    private static double Tolerance(Trial t, DType type) =>
        !type.IsFloat || t.Settings.Numbers == Numbers.Integers ? 0 : Math.Max(t.Settings.Tolerance ?? 0, type == DType.F64 ? 1e-12 : 1e-5);
}
