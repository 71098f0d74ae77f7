using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>A program that was asked to fit a memory budget.</summary>
/// <param name="Program">The program: it computes the same, bit for bit, and some of it twice.</param>
/// <param name="Budget">The bytes that its planned peak may have.</param>
/// <param name="Before">What the program cost.</param>
/// <param name="After">What it costs now.</param>
/// <param name="Largest">The largest values that live at its peak, by their ops and types, with their bytes.</param>
public sealed record Fitted(Function Program, long Budget, Cost Before, Cost After, ValueArray<(string Value, long Bytes)> Largest)
{
    /// <summary>Whether the planned peak is within the budget.</summary>
    public bool Fits => After.PeakBytes <= Budget;

    /// <summary>By how many bytes the smallest peak that was found exceeds the budget; 0 where it fits.</summary>
    public long Excess => Math.Max(0, After.PeakBytes - Budget);

    /// <summary>What was gained at what price; where it does not fit, what fills the memory.</summary>
    public override string ToString()
    {
        var added = Before.Flops == 0 ? 0 : 100.0 * (After.Flops - Before.Flops) / Before.Flops;
        var text = $"peak {Units.Bytes(Before.PeakBytes)} → {Units.Bytes(After.PeakBytes)}, budget {Units.Bytes(Budget)}, {added:0.0} % more arithmetic";
        return Fits ? text : $"{text}: does not fit by {Units.Bytes(Excess)}; at the peak live {string.Join(", ", Largest.Select(v => $"{v.Value} ({Units.Bytes(v.Bytes)})"))}";
    }
}

/// <summary>
/// Rematerialisation to a budget: some of the values that live across the program's peak are dropped there and computed again, behind
/// barriers, just before they are next read. Which, is found by trying: values in order of the arithmetic that a byte of them costs, in runs
/// that are recomputed together and hold no more than so much memory, each candidate planned in full. Chen et al., "Training deep nets with
/// sublinear memory cost" (2016), divide a chain into such runs; here the plan says where.
/// </summary>
public static class Rematerialise
{
    private const int MostRounds = 8;

    /// <summary>The program with as little recomputation as the search finds for its planned peak to be within the budget, or with the smallest peak it finds.</summary>
    /// <param name="program">A function, such as a whole training step.</param>
    /// <param name="budget">The bytes that the planned peak may have.</param>
    /// <param name="donated">The inputs whose memory results may take over.</param>
    /// <param name="traits">Those of an interpreter's kernels. See <see cref="Planner.Of"/>.</param>
    public static Fitted Fit(Function program, long budget, ValueArray<int> donated = default, KernelTraits? traits = null)
    {
        Plan Planned(Function f) => Planner.Of(Lowering.Of(f), donated, traits);
        var first = Planned(program);
        var best = first;
        for (var round = 0; round < MostRounds && best.PeakBytes > budget; round++)
        {
            var found = Round(best, budget, Planned, round);
            if (found.PeakBytes >= best.PeakBytes - best.PeakBytes / 200) break;
            best = found;
        }
        return new(best.Program, budget, first.Cost, best.Cost, best.Largest);
    }

    /// <summary>The plan with the least arithmetic among those tried that fit, else with the smallest peak.</summary>
    private static Plan Round(Plan plan, long budget, Func<Function, Plan> planned, int round)
    {
        var peak = new Peak(plan, $"fit {round}");
        if (peak.Candidates.IsEmpty) return plan;
        var (best, chosen) = (plan, ImmutableArray<Candidate>.Empty);
        bool Try(ImmutableArray<Candidate> dropped)
        {
            if (dropped.IsEmpty) return false;
            var tried = planned(peak.Without(dropped));
            var better = Better(tried, best, budget);
            if (better) (best, chosen) = (tried, dropped);
            return better;
        }

        var total = peak.Candidates.Sum(c => c.Bytes);
        var prices = peak.Candidates.Select(c => c.Price).Order().ToArray();
        foreach (var price in new[] { 0.25, 0.5, 0.75, 1 }.Select(q => prices[(int)Math.Ceiling(q * prices.Length) - 1]).Distinct())
            for (var run = total; run >= peak.Candidates.Min(c => c.Bytes); run = run * 2 / 3) Try(peak.Runs(price, run));
        for (var step = chosen.Length / 2; step > 0 && best.PeakBytes <= budget; step /= 2)
            while (chosen.Length > step && Try(Cheapest(chosen, chosen.Length - step))) { }
        return best;
    }

    private static ImmutableArray<Candidate> Cheapest(ImmutableArray<Candidate> from, int count) =>
        [.. from.OrderBy(c => c.Price).ThenByDescending(c => c.Born).Take(count)];

    private static bool Better(Plan a, Plan b, long budget) => (a.PeakBytes <= budget, b.PeakBytes <= budget) switch
    {
        (true, true) => a.Flops < b.Flops || (a.Flops == b.Flops && a.PeakBytes < b.PeakBytes),
        (false, false) => a.PeakBytes < b.PeakBytes,
        var (fits, _) => fits,
    };
}

/// <summary>A value that lives across the peak without being read there.</summary>
/// <param name="Value">The value.</param>
/// <param name="Born">The step that computes it.</param>
/// <param name="Bytes">What its absence saves.</param>
/// <param name="Price">The arithmetic of computing it again for each byte, from values that are there.</param>
internal sealed record Candidate(Expr Value, int Born, long Bytes, double Price);

/// <summary>A plan at its peak: what could be dropped there, and the program that computes it again.</summary>
internal sealed class Peak
{
    private readonly Kernels kernels;
    private readonly Layout layout;
    private readonly string region;

    /// <summary>The arithmetic of each value, and of those before it whose values are not there any more.</summary>
    private readonly Dictionary<Expr, double> prices = [];

    public Peak(Plan plan, string region)
    {
        ((kernels, layout), this.region) = (plan.Parts, region);
        var now = layout.Steps.Count == 0 ? [] : layout.Steps[layout.PeakStep].Kernel.Reads.ToHashSet();
        foreach (var (k, _, _, _) in layout.Steps)
            foreach (var value in k.Values)
                if (value is not null && k.For(value) is var (flops, from)) prices[value] = flops + from.Sum(x => x.Op is Variable or Constant || IsAcross(x) ? 0 : prices[x]);
        Candidates = [.. layout.Steps.Take(layout.PeakStep).Select(s => s.Kernel).Where(k => k.Values.Length == 1 || k.Loop is not null)
            .SelectMany(k => k.Values.OfType<Expr>().Where(v => IsAcross(v) && !kernels.Results.Contains(v) && !now.Contains(v) && k.For(v).From.Any(x => x.Op is not Constant)))
            .Select(v => new Candidate(v, layout.Lifetime(v).Born, Layout.Rounded(v.Type.Bytes), prices[v] / Layout.Rounded(v.Type.Bytes)))];
    }

    /// <summary>What could be dropped, in the order of the steps that compute it.</summary>
    public ImmutableArray<Candidate> Candidates { get; }

    /// <summary>The candidates up to a price, but for those that divide them into runs of no more than so many bytes.</summary>
    public ImmutableArray<Candidate> Runs(double price, long bytes)
    {
        var (dropped, run) = (ImmutableArray.CreateBuilder<Candidate>(), 0L);
        foreach (var c in Candidates)
        {
            if (c.Price > price) continue;
            if (run + c.Bytes > bytes) run = 0;
            else
            {
                dropped.Add(c);
                run += c.Bytes;
            }
        }
        return dropped.ToImmutable();
    }

    /// <summary>The program that drops some candidates at the peak, and computes them again just before they are next read.</summary>
    public Function Without(ImmutableArray<Candidate> dropped) => new Recomputation(kernels, layout, dropped.Select(c => c.Value).ToHashSet(), region).Program();

    private bool IsAcross(Expr value) => layout.Lifetime(value) is var (born, dies) && born < layout.PeakStep && dies > layout.PeakStep;
}
