using Functional.Interpreter;
using Functional.Nn;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Nn;

/// <summary>Schedules against their formulas in f64.</summary>
public sealed class ScheduleFormulas
{
    private static readonly Reference Reference = new();

    private static void Agrees(Func<int, double> expected, Schedule actual)
    {
        foreach (var t in new[] { 0, 1, 2, 9, 10, 11, 50, 99, 100, 101, 1000 })
            Assert.Equal(expected(t), Reference.Eval(actual(constant((float)t))).Value, 3e-7);
    }

    [Fact]
    public void Constant_is_always_the_same() => Agrees(_ => 0.1, Schedules.Constant(0.1));

    [Fact]
    public void Step_multiplies_by_its_factor_at_each_stage() => Agrees(t => 0.5 * Math.Pow(0.25, t / 10), Schedules.Step(0.5, 0.25, every: 10));

    [Fact]
    public void Cosine_falls_from_its_value_to_zero_and_stays_there() =>
        Agrees(t => 0.2 * (1 + Math.Cos(Math.PI * Math.Min(1, t / 100.0))) / 2, Schedules.Cosine(0.2, 100));

    [Fact]
    public void Warm_up_rises_to_the_schedule_that_follows() =>
        Agrees(t => Math.Min(1, (t + 1) / 10.0) * 0.2 * (1 + Math.Cos(Math.PI * Math.Min(1, t / 100.0))) / 2, Schedules.WarmUp(Schedules.Cosine(0.2, 100), 10));
}
