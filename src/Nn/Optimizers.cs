using static Functional.Nn.Optimizer;
using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>A number that depends on the step, a scalar f32.</summary>
public delegate Expr Schedule(Expr step);

/// <summary>The optimisers, each an atom or a chain of atoms.</summary>
public static class Optimizers
{
    /// <summary>Updates times a number.</summary>
    public static Optimizer Scale(double factor) => Stateless((g, _, _) => g.Map(x => x * factor));

    /// <summary>Updates times minus a schedule's learning rate.</summary>
    public static Optimizer ScaleByLearningRate(Schedule rate) => Stateless((g, _, t) => g.Map(x => x * -convert(rate(t), x.DType)));

    /// <summary>m ← decay · m + g; the update is m, or with Nesterov's look-ahead g + decay · m (Sutskever et al., 2013).</summary>
    public static Optimizer Trace(double decay, bool nesterov = false) => new(
        w => Slots(w, "m"),
        (g, s, _, _) =>
        {
            var m = Slot(s, "m").Zip(g, (m, x) => m * decay + x);
            return new(nesterov ? m.Zip(g, (m, x) => m * decay + x) : m, Slots(("m", m)));
        });

    /// <summary>m̂ / (√v̂ + ε), with m and v the decaying means of g and g², corrected for their start at 0 (Kingma and Ba, 2015).</summary>
    public static Optimizer ScaleByAdam(double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) => new(
        w => Slots(w, "m", "v"),
        (g, s, _, t) =>
        {
            var m = Slot(s, "m").Zip(g, (m, x) => m * beta1 + x * (1 - beta1));
            var v = Slot(s, "v").Zip(g, (v, x) => v * beta2 + x * x * (1 - beta2));
            Expr Correction(double beta) => -expm1((t + 1) * Math.Log(beta));
            return new(m.Zip(v, (m, v) => m / convert(Correction(beta1), m.DType) / (sqrt(v / convert(Correction(beta2), v.DType)) + epsilon)), Slots(("m", m), ("v", v)));
        });

    /// <summary>g / (√v + ε), with v the decaying mean of g² (Hinton, lecture 6e, 2012).</summary>
    public static Optimizer ScaleByRms(double decay = 0.9, double epsilon = 1e-8) => new(
        w => Slots(w, "v"),
        (g, s, _, _) =>
        {
            var v = Slot(s, "v").Zip(g, (v, x) => v * decay + x * x * (1 - decay));
            return new(g.Zip(v, (x, v) => x / (sqrt(v) + epsilon)), Slots(("v", v)));
        });

    /// <summary>g / (√Σ g² + ε) (Duchi et al., 2011).</summary>
    public static Optimizer ScaleByAdagrad(double epsilon = 1e-10) => new(
        w => Slots(w, "v"),
        (g, s, _, _) =>
        {
            var v = Slot(s, "v").Zip(g, (v, x) => v + x * x);
            return new(g.Zip(v, (x, v) => x / (sqrt(v) + epsilon)), Slots(("v", v)));
        });

    /// <summary>Updates plus decay · w.</summary>
    public static Optimizer AddDecayedWeights(double decay) => Stateless((g, w, _) => g.Zip(w, (x, p) => x + p * decay));

    /// <summary>Updates scaled down together where their norm exceeds the given one (Pascanu et al., 2013).</summary>
    public static Optimizer ClipByGlobalNorm(double norm) => Stateless((g, _, _) =>
    {
        if (g.Count == 0) return g;
        var factor = norm / maximum(sqrt(squaredNorm(g)), constant(norm, g.Values.First().DType));
        return g.Map(x => x * factor);
    });

    /// <summary>Each element of the updates moved into [−limit, limit].</summary>
    public static Optimizer ClipByValue(double limit) => Stateless((g, _, _) => g.Map(x => clip(x, -limit, limit)));

    /// <summary>w ← w − rate · g.</summary>
    public static Optimizer Sgd(Schedule rate) => ScaleByLearningRate(rate);

    /// <summary>Gradient descent with momentum.</summary>
    public static Optimizer Momentum(Schedule rate, double decay = 0.9, bool nesterov = false) => Trace(decay, nesterov) >> ScaleByLearningRate(rate);

    /// <summary>Adam.</summary>
    public static Optimizer Adam(Schedule rate) => ScaleByAdam() >> ScaleByLearningRate(rate);

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019).</summary>
    public static Optimizer AdamW(Schedule rate, double decay = 1e-2) => ScaleByAdam() >> AddDecayedWeights(decay) >> ScaleByLearningRate(rate);

    /// <summary>RMSProp.</summary>
    public static Optimizer RmsProp(Schedule rate) => ScaleByRms() >> ScaleByLearningRate(rate);

    /// <summary>Adagrad.</summary>
    public static Optimizer Adagrad(Schedule rate) => ScaleByAdagrad() >> ScaleByLearningRate(rate);
}

/// <summary>Schedules of the learning rate.</summary>
public static class Schedules
{
    /// <summary>Always the same.</summary>
    public static Schedule Constant(double value) => _ => constant(value);

    /// <summary>value · factor^⌊step / every⌋.</summary>
    public static Schedule Step(double value, double factor, int every) => t => exp(floor(t / every) * Math.Log(factor)) * value;

    /// <summary>From value to 0 along half a cosine over the given steps (Loshchilov and Hutter, 2017).</summary>
    public static Schedule Cosine(double value, int steps) => t => (cos(minimum(t / steps, constant(1)) * Math.PI) + 1) * (value / 2);

    /// <summary>A schedule times (step + 1) / steps while that is below 1.</summary>
    public static Schedule WarmUp(Schedule then, int steps) => t => then(t) * minimum((t + 1) / steps, constant(1));
}
