namespace Functional.Testing;

/// <summary>The adjoint of the derivative: ⟨u, Jv⟩ = ⟨Jᵀu, v⟩.</summary>
internal static class ReverseLaw
{
    public const string Name = "forward and reverse mode are adjoint";
    public const string Differenced = "reverse mode is the adjoint of central differences";

    /// <summary>J v by forward mode.</summary>
    public static IEnumerable<Finding> Of(Trial t) => Of(t, byDifferences: false);

    /// <summary>J v by forward mode, or by differences.</summary>
    public static IEnumerable<Finding> Of(Trial t, bool byDifferences)
    {
        if (!t.Differentiable) return [];
        var (n, u) = (t.Floating.Length, t.Cotangents);
        var (forward, reverse) = (Derivatives.Forward(t.Function), Derivatives.Reverse(t.Function));
        var pulled = t.Run(reverse, u)[n..];
        var along = byDifferences ? [.. ForwardLaw.Central(t).Zip(t.Floating, (d, k) => Values.Of(t.Function.Results[k].Type, d))] : t.Run(forward, t.Directions)[n..];
        var (left, leftSize) = Values.Inner(along, u);
        var (right, rightSize) = Values.Inner(t.Directions, pulled);
        var tolerance = Tolerance(t, byDifferences) * Math.Max(leftSize, rightSize);
        if (t.Settings.Numbers == Numbers.Integers && Math.Max(leftSize, rightSize) > 1e12) return [];
        const string place = "⟨Jᵀu, v⟩";
        var law = byDifferences ? Differenced : Name;
        if (double.IsNaN(right) && !double.IsNaN(left)) return [t.Compare(law, place, left, right, tolerance, "a cotangent is NaN where the tangent is not")];
        if (Math.Abs(left - right) <= tolerance) return [t.Compare(law, place, left, right, tolerance)];
        var blamed = t.Moving.Select((p, i) => (p, i)).Where(p => Differs(p.i)).Select(p => t.Arguments[p.p]).ToList();
        return [t.Compare(law, place + (blamed.Count == 0 ? "" : $" by {string.Join(" and ", blamed)}"), left, right, tolerance)];

        bool Differs(int argument)
        {
            var alone = t.DirectionsIn(argument);
            return !(Math.Abs(Values.Inner(t.Run(forward, alone)[n..], u).Sum - Values.Inner(alone, pulled).Sum) <= tolerance);
        }
    }

    /// <summary>On small integers in f64 every sum is exact.</summary>
    private static double Tolerance(Trial t, bool byDifferences) =>
        byDifferences ? ForwardLaw.Tolerance(t)
        : t.Precision != DType.F64 ? Math.Max(t.Settings.Tolerance ?? 0, 1e-5)
        : t.Settings.Numbers == Numbers.Integers ? 0
        : Math.Max(t.Settings.Tolerance ?? 0, 1e-11);
}
