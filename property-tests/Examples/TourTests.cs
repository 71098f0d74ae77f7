using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Nn;
using Xunit;
using static Functional.Interpreter.Costs;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Examples;

/// <summary>What docs/tour.md shows, a test for each section, of which it is the name.</summary>
public sealed class TourTests : IDisposable
{
    private static readonly Document Tour = Document.Of("docs/tour.md");

    /// <summary>Where the snippets write.</summary>
    private StringWriter Console { get; } = new();

    /// <inheritdoc/>
    public void Dispose() => Console.Dispose();

    [Fact]
    public void Every_section_is_a_test()
    {
        Tour.IsOf();
        var tests = typeof(TourTests).GetMethods().Where(m => m.IsDefined(typeof(FactAttribute), false)).Select(m => m.Name).Except([nameof(Every_section_is_a_test)]);
        Assert.Equal(Tour.Sections.Order(), tests.Select(t => t.Replace('_', ' ')).Order());
    }

    [Fact]
    public void Expressions()
    {
        Expr F(Expr x, Expr y) => sin(x * y) + x * y;

        var (x, y) = (variable("x"), variable("y"));
        Console.WriteLine($"{show(F(x, y))}: {Fold.PostOrder(F(x, y)).Length} nodes");
        Console.WriteLine($"{show(share(F(x, y)))}: {Fold.PostOrder(share(F(x, y))).Length} nodes");
        Console.WriteLine(Cpu.Default.Eval(F(x, y), (x, Tensor.Scalar(0f)), (y, Tensor.Scalar(2f))));
        Tour.Shows(Console);
    }

    [Fact]
    public void Gradients()
    {
        Expr Cube(Expr x) => x * x * x;

        Console.WriteLine(show(simplify(grad(Cube)(variable("x")))));
        var (value, gradient) = valueAndGrad<Expr>(Cube)(constant(2));
        Console.WriteLine($"{Cpu.Default.Eval(value)}, {Cpu.Default.Eval(gradient)}");

        var weights = Params<Expr>.Of([new("w", vector(1f, 2f)), new("b", constant(3))]);
        Console.WriteLine(grad<Params<Expr>>(p => sum(p["w"] * p["w"]) * p["b"])(weights).Map(g => Cpu.Default.Eval(g)));
        Tour.Shows(Console);
    }

    [Fact]
    public void Forward_and_reverse()
    {
        Expr F(Expr v) => v * sum(v);

        var x = vector(1f, 2f, 3f);
        var (value, tangent) = jvp(F, x, vector(1f, 0, 0));
        var (_, pullback) = vjp(F, x);
        Console.WriteLine($"f(x)        {Cpu.Default.Eval(value)}");
        Console.WriteLine($"column of J {Cpu.Default.Eval(tangent)}");
        Console.WriteLine($"row of J    {Cpu.Default.Eval(pullback(vector(1f, 0, 0)))}");
        Tour.Shows(Console);
    }

    [Fact]
    public void Nesting()
    {
        Expr Fourth(Expr x) => x * x * x * x;

        Console.WriteLine(Cpu.Default.Eval(grad(grad(Fourth))(constant(2))));
        Console.WriteLine(Cpu.Default.Eval(grad(x => x * grad(y => x + y)(constant(1)))(constant(3))));
        Console.WriteLine(Cpu.Default.Eval(jvp(grad(Fourth), constant(2), constant(1)).Tangent));
        Tour.Shows(Console);
    }

    [Fact]
    public void Batches()
    {
        Expr Loss(Expr w, Expr x, Expr y) => huber(sum(w * x), y);

        var (w, xs, ys) = (vector(1f, -1f), constant<float>([3, 2], 1, 2, 3, 3, 5, 1), vector(0f, 0, 0));
        var gradients = vmap<Expr, Expr, Expr, Expr>((w, x, y) => grad(v => Loss(v, x, y))(w), inAxes: [null, 0, 0]);
        Console.WriteLine(Cpu.Default.Eval(vmap(Loss, inAxes: [null, 0, 0])(w, xs, ys)));
        Console.WriteLine(Cpu.Default.Eval(gradients(w, xs, ys)));
        Console.WriteLine(show(vmap(v => sum(v * v))(variable("xs", TensorType.F32(3, 2)))));
        Tour.Shows(Console);
    }

    [Fact]
    public void Jacobians_and_Hessians()
    {
        Expr F(Expr v) => v * sum(v);
        Expr Cubes(Expr v) => sum(v * v * v);

        var x = vector(1f, 2f);
        Console.WriteLine(Cpu.Default.Eval(jacfwd(F)(x)));
        Console.WriteLine(Cpu.Default.Eval(jacrev(F)(x)));
        Console.WriteLine(Cpu.Default.Eval(hessian(Cubes)(x)));
        Console.WriteLine(Cpu.Default.Eval(hvp(Cubes, x, vector(1f, 1f))));

        var wide = variable("wide", TensorType.F32(1000));
        Console.WriteLine($"forward {cost(jacfwd(Cubes)(wide)).Flops:N0} FLOPs, reverse {cost(jacrev(Cubes)(wide)).Flops:N0}");
        Tour.Shows(Console);
    }

    [Fact]
    public void Linearization()
    {
        var (x, t) = (variable("x"), variable("t"));
        var (value, tangent) = linearize(v => sin(exp(v)), x);
        Console.WriteLine(show(share(value)));
        Console.WriteLine(show(simplify(tangent(t))));
        Tour.Shows(Console);
    }

    [Fact]
    public void Higher_derivatives()
    {
        Expr F(Expr x) => exp(sin(x));

        Console.WriteLine(string.Join(", ", taylor(exp, 4)(constant(0), constant(1)).Select(c => Cpu.Default.Eval(c * 24))));
        Console.WriteLine(Cpu.Default.Eval(nth(x => x * x * x * x * x, 3)(constant(2))));
        foreach (var k in new[] { 2, 4, 6 })
        {
            var tower = Enumerable.Range(0, k).Aggregate<int, Func<Expr, Expr>>(F, (f, _) => grad(f))(variable("x"));
            Console.WriteLine($"order {k}: nth {Fold.PostOrder(nth(F, k)(variable("x"))).Length} nodes, grad {Fold.PostOrder(tower).Length}");
        }
        Tour.Shows(Console);
    }

    [Fact]
    public void Branches()
    {
        Expr F(Expr x) => cond(greater(x, 0), v => v * v, v => v * 3, x);

        Console.WriteLine($"{Cpu.Default.Eval(grad(F)(constant(2)))}, {Cpu.Default.Eval(grad(F)(constant(-2)))}");
        Console.WriteLine(Cpu.Default.Eval(vmap(grad(F))(vector(2f, -2f))));
        Console.WriteLine(Cpu.Default.Eval(switchCase(constant(2, DType.I32), constant(5), x => x, x => x * x, x => x * x * x)));
        Tour.Shows(Console);
    }

    [Fact]
    public void Loops()
    {
        var (last, sums) = scan((Expr total, Expr x) => (total + x, total + x), constant(0), vector(1f, 2, 3, 4));
        Console.WriteLine($"{Cpu.Default.Eval(last)}; {Cpu.Default.Eval(sums)}");
        Console.WriteLine(Cpu.Default.Eval(grad(x => foriLoop(0, 3, (_, v) => v * v, x))(constant(2))));
        Console.WriteLine(Cpu.Default.Eval(grad(x => whileLoop(v => less(v, 1000), v => v * 2, x, limit: 20))(constant(3))));
        Tour.Shows(Console);
    }

    [Fact]
    public void What_a_loop_keeps()
    {
        var h = variable("h", TensorType.F32(1024));
        foreach (var keep in Enum.GetValues<Residuals>())
        {
            var c = cost(grad(x => sum(foriLoop(0, 400, (_, v) => sin(exp(v) * v), x, keep)))(h));
            Console.WriteLine($"{keep}: {c.PeakBytes / 1024} KiB, {c.Flops / 1e6:0.0} MFLOP");
        }
        Tour.Shows(Console);
    }

    [Fact]
    public void Checkpoints()
    {
        Expr Block(Expr x, Expr w) => sin(exp(matmul(sin(exp(matmul(x, w))), w)));

        var (x, w) = (variable("x", TensorType.F32(64, 64)), variable("w", TensorType.F32(64, 64)));
        foreach (var policy in new[] { CheckpointPolicy.EverythingSaveable, CheckpointPolicy.DotsSaveable, CheckpointPolicy.NothingSaveable })
        {
            var c = cost(grad(v => sum(Enumerable.Range(0, 16).Aggregate(x, (h, _) => checkpoint(u => Block(u, v), policy)(h))))(w));
            Console.WriteLine($"{policy}: {c.PeakBytes / 1024} KiB, {c.Flops / 1e6:0.0} MFLOP");
        }
        Tour.Shows(Console);
    }

    [Fact]
    public void A_memory_budget()
    {
        var (x, w) = (variable("x", TensorType.F32(64, 64)), variable("w", TensorType.F32(64, 64)));
        var gradient = grad(v => sum(Enumerable.Range(0, 32).Aggregate(x, (h, _) => sin(matmul(h, v)))))(w);
        Console.WriteLine(Rematerialise.Fit(new Function([x, w], [gradient]), budget: 300 * 1024));
        Tour.Shows(Console);
    }

    [Fact]
    public void Mixed_precision()
    {
        Expr Loss(Expr w, Expr x) => sum(tanh(matmul(x, w)));

        var (w, x) = (constant<float>([2, 1], 0.1f, 0.2f), variable("x", TensorType.F32(1, 2)));
        var mixed = mixedPrecision(v => Loss(v, x), PrecisionPolicy.BF16);
        Console.WriteLine(show(mixed(variable("w", w.Type))));
        foreach (var loss in new[] { Loss(w, x), mixed(w) }) Console.WriteLine(Cpu.Default.Eval(loss, (x, Tensor.Of<float>([1, 2], [1, 3]))));

        var (inside, outside) = (grad(mixed)(w), mixedPrecision(grad<Expr>(v => Loss(v, x)), PrecisionPolicy.BF16)(w));
        Console.WriteLine(StructuralHash.Of(inside) == StructuralHash.Of(outside));
        Tour.Shows(Console);
    }

    [Fact]
    public void Rules_of_your_own()
    {
        Expr Naive(Expr x) => log(1 + exp(x));
        Expr Stable(Expr x) => customJvp(a => [log(1 + exp(a[0]))], (a, t) => [t[0] * logistic(a[0])], x)[0];
        Expr Clipped(Expr x) => customVjp(a => [a[0]], (a, y, ct) => [clip(ct[0], -1, 1)], x)[0];

        Console.WriteLine($"{Cpu.Default.Eval(grad(Naive)(constant(100)))}, {Cpu.Default.Eval(grad(Stable)(constant(100)))}");
        Console.WriteLine(Cpu.Default.Eval(grad(x => Clipped(x) * 5)(constant(2))));
        Tour.Shows(Console);
    }

    [Fact]
    public void What_it_costs()
    {
        var (x, w) = (variable("x", TensorType.F32(64, 784)), variable("w", TensorType.F32(784, 10)));
        var f = new Function([x, w], [grad(v => mean(relu(matmul(x, v))))(w)]);
        Console.WriteLine(Planner.Of(Lowering.Of(f)));
        Console.WriteLine($"{cost(f).Flops:N0} FLOPs, {cost(f).Bytes:N0} bytes");
        Tour.Shows(Console);
    }

    [Fact]
    public void A_layer()
    {
        var model = Dense(8) >> Tanh >> Dense(1);
        var (weights, _) = model.Init(seed: 1, TensorType.F32(4, 2));
        Console.WriteLine(weights.Map(w => w.Type));
        Console.WriteLine(model.Apply(weights, variable("x", TensorType.F32(4, 2))).Type);
        Tour.Shows(Console);
    }

    [Fact]
    public void A_training_step()
    {
        var (xs, ys) = (constant<float>([4, 2], 0, 0, 0, 1, 1, 0, 1, 1), constant<float>([4, 1], 0, 1, 1, 0));
        var model = Dense(8) >> Tanh >> Dense(1);
        var optimizer = Optimizers.Adam(Schedules.Constant(0.05));
        var (weights, _) = model.Init(seed: 1, xs.Type);

        ((Params<Expr>, Params<Expr>), Expr) Step((Params<Expr> Weights, Params<Expr> Slots) state, Expr t)
        {
            var (loss, gradient) = valueAndGrad<Params<Expr>>(w => meanSquaredError(model.Apply(w, xs), ys))(state.Weights);
            var (deltas, slots) = optimizer.Update(gradient, state.Slots, state.Weights, t);
            return ((state.Weights.Zip(deltas, (w, d) => w + d), slots), loss);
        }

        var start = (weights, optimizer.Init(weights.Map(w => w.Type)));
        var ((trained, _), losses) = scan<(Params<Expr>, Params<Expr>), Expr, Expr>(Step, start, convert(arange(400), DType.F32));
        Console.WriteLine(Cpu.Default.Eval(greater(model.Apply(trained, xs), 0.5)));
        Console.WriteLine(Cpu.Default.Eval(less(slice(losses, [399], [400]), 0.01)));
        Tour.Shows(Console);
    }
}
