namespace Functional.Testing;

/// <summary>What a failing comparison of a derivative with differences may come from.</summary>
internal static class Hints
{
    /// <summary>Looks at the value on either side of the point, at two small distances.</summary>
    public static string? Of(Trial t, Func<double, double> along, double tolerance)
    {
        if (t.Function.Nodes.Any(x => x.Op is NumberUnary<Functions.StopGradient>))
            return "the function holds stopGradient, whose derivative is zero by definition: differences do not see it";
        var (near, far) = t.Precision == DType.F64 ? (Math.ScaleB(1, -20), Math.ScaleB(1, -14)) : (Math.ScaleB(1, -9), Math.ScaleB(1, -5));
        double Gap(double step) => Math.Abs((along(step) - along(0)) / step - (along(0) - along(-step)) / step);
        var (atNear, atFar) = (Gap(near), Gap(far));
        return double.IsNaN(atNear) ? "the function is NaN beside the point: this is the end of its domain"
            : atNear > 8 * Math.Max(atFar, tolerance) ? "the value jumps at the point: differences grow as the step shrinks"
            : atNear > tolerance && atNear > 0.5 * atFar ? "the slopes on the two sides of the point differ: this is a kink (as of relu or abs at 0, or a tie of max), where any slope between them is right. Move the point"
            : null;
    }
}
