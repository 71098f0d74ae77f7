using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>
/// A factor of the loss, by which gradients are divided again: it moves those of f16 into its range, where small ones would vanish (Micikevicius et al.,
/// "Mixed Precision Training", 2018). A step whose gradients are not all finite is not taken. A dynamic scale is divided by
/// <see cref="Growth"/> at such a step, and multiplied by it after <see cref="Interval"/> steps without one; jmp's <c>DynamicLossScale</c>. The state is a value in
/// the compiled step, for which nothing waits: <c>scale</c>, a scalar f32; <c>finite</c>, how many finite steps in a row it has had, and
/// <c>skipped</c>, how many steps were not taken, both i64. A scale that is a power of two changes no bit of a gradient that stays in range.
/// </summary>
/// <param name="Initial">The scale of the first step, at least 1.</param>
/// <param name="Interval">After how many finite steps in a row it grows; 0 where it stays the same.</param>
/// <param name="Growth">The factor by which it grows and shrinks, greater than 1.</param>
/// <param name="Least">What it does not fall below.</param>
public sealed record LossScale(double Initial, int Interval, double Growth = 2, double Least = 1)
{
    private const string ScalePath = "scale";
    private const string FinitePath = "finite";
    private const string SkippedPath = "skipped";

    /// <summary>Always the same.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The scale is no positive number.</exception>
    public static LossScale Static(double scale) => double.IsFinite(scale) && scale > 0 ? new(scale, 0)
        : throw new ArgumentOutOfRangeException(nameof(scale), scale, "a loss scale is a positive number");

    /// <summary>One that finds the greatest scale at which gradients are finite, by jmp's defaults.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The interval is less than 1, the growth no number above 1, or the scale less than 1.</exception>
    public static LossScale Dynamic(double initial = 1 << 15, int interval = 2000, double growth = 2) =>
        interval < 1 ? throw new ArgumentOutOfRangeException(nameof(interval), interval, "a loss scale grows after at least one step")
        : !(double.IsFinite(growth) && growth > 1) ? throw new ArgumentOutOfRangeException(nameof(growth), growth, "a loss scale grows by a factor above 1")
        : !(double.IsFinite(initial) && initial >= 1) ? throw new ArgumentOutOfRangeException(nameof(initial), initial, "a dynamic loss scale is at least 1")
        : new(initial, interval, growth);

    /// <summary>The state before the first step.</summary>
    public Params<Expr> Init() => State(constant(Initial), constant(0, DType.I64), constant(0, DType.I64));

    /// <summary>The loss times the scale: what is differentiated.</summary>
    public static Expr Scale(Expr loss, Params<Expr> state) => loss * convert(state[ScalePath], loss.DType);

    /// <summary>Gradients of a scaled loss as those of the loss.</summary>
    public static Params<Expr> Unscale(Params<Expr> gradients, Params<Expr> state) => gradients.Map(g => g * convert(1 / state[ScalePath], g.DType));

    /// <summary>Whether all elements of all gradients are finite, a scalar bool.</summary>
    public static Expr AreFinite(Params<Expr> gradients) =>
        equal(gradients.Values.Aggregate(constant(0), (n, g) => n + sum(where(isFinite(g), constant(0), constant(1)))), 0);

    /// <summary>How many steps were not taken, a scalar i64.</summary>
    public static Expr Skipped(Params<Expr> state) => state[SkippedPath];

    /// <summary>The state after a step whose gradients were finite or not.</summary>
    public Params<Expr> Adjust(Params<Expr> state, Expr areFinite)
    {
        var (scale, finite) = (state[ScalePath], state[FinitePath]);
        var skipped = state[SkippedPath] + where(areFinite, constant(0, DType.I64), constant(1, DType.I64));
        if (Interval == 0) return State(scale, finite, skipped);
        var (grown, grows) = (scale * Growth, equal(finite, Interval - 1));
        return State(
            where(areFinite, where(and(grows, isFinite(grown)), grown, scale), maximum(scale / Growth, constant(Least))),
            where(and(areFinite, not(grows)), finite + 1, constant(0, DType.I64)),
            skipped);
    }

    /// <summary>One set of values or the other, as a step's gradients were finite or not.</summary>
    public static Params<Expr> Chosen(Expr areFinite, Params<Expr> taken, Params<Expr> kept) => taken.Zip(kept, (a, b) => where(areFinite, a, b));

    private static Params<Expr> State(Expr scale, Expr finite, Expr skipped) =>
        Params<Expr>.Of([KeyValuePair.Create(ScalePath, scale), KeyValuePair.Create(FinitePath, finite), KeyValuePair.Create(SkippedPath, skipped)]);
}
