using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// The adjoint of a <see cref="Scan"/>: a scan in the other direction, whose carries are the cotangents of the carries and the sums of those of
/// the constants. What a step's adjoint reads of the step is its residuals: the forward loop stacks them, and the adjoint takes them as inputs.
/// </summary>
internal sealed class ScanAdjoint
{
    private readonly Scan scan;
    private readonly ImmutableArray<int> constants;
    private readonly ImmutableArray<int> carries;
    private readonly ImmutableArray<int> slices;
    private readonly ImmutableArray<int> given;
    private readonly ImmutableArray<Expr> carrySeeds;
    private readonly ImmutableArray<Expr> sumSeeds;
    private readonly ImmutableArray<Expr> givenSeeds;
    private readonly ImmutableArray<Expr> results;
    private readonly StepResiduals residuals;

    /// <summary>The adjoint of one step.</summary>
    /// <param name="scan">The loop.</param>
    /// <param name="active">Which arguments' cotangents are asked for.</param>
    /// <param name="seeded">Which results have cotangents.</param>
    public ScanAdjoint(Scan scan, ImmutableArray<bool> active, ImmutableArray<bool> seeded)
    {
        this.scan = scan;
        var (k, x, p) = (scan.Constants, scan.Constants + scan.Carries, scan.Body.Parameters);
        var floats = active.Select((a, i) => a && p[i].DType.IsFloat).ToImmutableArray();
        var step = Exposed.Of(scan.Body.Results, [.. p.Where(v => v.DType.IsFloat)], reverse: true);
        carries = Loop.Reached(step[..scan.Carries], p[k..x], p.Where((_, i) => floats[i] && (i < k || i >= x)), floats[k..x]).Places(c => c);
        given = [.. Enumerable.Range(scan.Carries, step.Length - scan.Carries).Where(i => seeded[i])];
        carrySeeds = Loop.Named("ct_", carries.Select(i => p[k + i]));
        givenSeeds = [.. given.Select(i => variable($"ct{i}", step[i].Type))];
        var seeds = new Expr?[step.Length];
        for (var i = 0; i < carries.Length; i++) seeds[carries[i]] = carrySeeds[i];
        for (var i = 0; i < given.Length; i++) seeds[given[i]] = givenSeeds[i];
        ImmutableArray<int> asked = [.. Enumerable.Range(0, k).Where(i => floats[i]), .. carries.Select(i => k + i), .. Enumerable.Range(x, p.Length - x).Where(i => floats[i])];
        var pulled = asked.Zip(Vjp.Of(step, [.. seeds], p.Pick(asked)), KeyValuePair.Create).ToDictionary();
        constants = [.. asked.Where(i => i < k && pulled[i] is not null)];
        slices = [.. asked.Where(i => i >= x && pulled[i] is not null)];
        sumSeeds = Loop.Named("sum_", constants.Select(i => p[i]));
        var shared = Share.Of(
        [
            .. step, .. carries.Select(i => pulled[k + i] ?? zerosLike(p[k + i])), .. constants.Select((i, n) => sumSeeds[n] + pulled[i]!), .. slices.Select(i => pulled[i]!),
        ]);
        var body = shared[..step.Length];
        results = scan.Keep == Residuals.Store ? shared[step.Length..] : Taps.Without(shared[step.Length..], body);
        residuals = new(scan, body, scan.Keep == Residuals.Store
            ? StepResiduals.Fewer(scan, body, Closure.Captured(results, [.. carrySeeds, .. sumSeeds, .. givenSeeds]))
            : [.. Fold.PostOrder(results).Where(p.Contains)]);
    }

    /// <summary>The residuals that the loop does not stack yet.</summary>
    public ImmutableArray<Expr> Missing => residuals.Missing;

    /// <summary>The results of the loop that stacks the missing residuals too.</summary>
    public ImmutableArray<Expr> Keeping() => residuals.Forward();

    /// <summary>The cotangents of the arguments.</summary>
    /// <param name="forward">The results of the loop, then the missing residuals.</param>
    /// <param name="cts">The results' cotangents.</param>
    public ImmutableArray<Expr?> Of(ImmutableArray<Expr> forward, ImmutableArray<Expr?> cts)
    {
        var (k, x, constant) = (scan.Constants, scan.Constants + scan.Carries, residuals.Constants);
        var adjoint = Prelude.results(Expr.Of(new Scan(
            new([.. constant, .. carrySeeds, .. sumSeeds, .. residuals.Stacked, .. givenSeeds], residuals.Read(results)),
            constant.Length, carries.Length + constants.Length, scan.Length, !scan.Reverse, scan.Keep,
            [
                .. residuals.ConstantArgs,
                .. carries.Select(i => cts[i] ?? zerosLike(scan.Args[k + i])), .. constants.Select(i => zerosLike(scan.Args[i])),
                .. residuals.StackedArgs(forward), .. given.Select(i => cts[i]!),
            ])));
        Expr? Cotangent(int i) =>
            i < k ? constants.IndexOf(i) is >= 0 and var c ? adjoint[carries.Length + c] : null
            : i < x ? carries.IndexOf(i - k) is >= 0 and var m ? adjoint[m] : null
            : slices.IndexOf(i) is >= 0 and var s ? adjoint[carries.Length + constants.Length + s] : null;
        return [.. Enumerable.Range(0, scan.Args.Count).Select(Cotangent)];
    }
}
