namespace Functional.Testing;

/// <summary>Derivatives by central differences, extrapolated to a step of zero.</summary>
internal static class Differences
{
    private const int Levels = 7;

    /// <summary>A derivative, and how far the last extrapolations still moved it.</summary>
    public readonly record struct Estimate(double Value, double Error);

    /// <summary>The derivative at 0 of each component of <paramref name="f"/>.</summary>
    public static double[] Central(Func<double, double[]> f, double h) => [.. Estimates(f, h).Select(e => e.Value)];

    /// <summary>
    /// The derivative at 0 of each component of <paramref name="f"/>: central differences at steps h, h/2, h/4, …, extrapolated by polynomials in
    /// h² (Richardson); for each component the entry of the table that moved least (Ridders, 1982).
    /// </summary>
    public static Estimate[] Estimates(Func<double, double[]> f, double h)
    {
        var rows = new double[Levels][][];
        Estimate[]? best = null;
        for (var level = 0; level < Levels; level++)
        {
            var step = Math.ScaleB(h, -level);
            var (up, down) = (f(step), f(-step));
            rows[level] = new double[level + 1][];
            rows[level][0] = [.. up.Select((u, i) => (u - down[i]) / (2 * step))];
            best ??= [.. rows[0][0].Select(d => new Estimate(d, double.PositiveInfinity))];
            for (var k = 1; k <= level; k++)
            {
                var (fine, coarse, weight) = (rows[level][k - 1], rows[level - 1][k - 1], Math.ScaleB(1, 2 * k));
                rows[level][k] = [.. fine.Select((d, i) => d + (d - coarse[i]) / (weight - 1))];
                for (var i = 0; i < best.Length; i++)
                {
                    var moved = Math.Max(Math.Abs(rows[level][k][i] - fine[i]), Math.Abs(rows[level][k][i] - coarse[i]));
                    if (moved < best[i].Error) best[i] = new(rows[level][k][i], moved);
                }
            }
        }
        return best!;
    }
}
