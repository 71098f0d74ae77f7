using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Testing;
using PropertyTests.Interpreters;
using Xunit;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>A checkpoint changes when things are computed, never what.</summary>
public sealed class CheckpointLaws
{
    private static readonly Reference Reference = new();

    public static TheoryData<string> Policies => ["nothing", "everything", "dots", "names"];

    private static CheckpointPolicy Policy(string name) => name switch
    {
        "nothing" => CheckpointPolicy.NothingSaveable,
        "everything" => CheckpointPolicy.EverythingSaveable,
        "dots" => CheckpointPolicy.DotsSaveable,
        _ => CheckpointPolicy.SaveOnlyTheseNames("middle"),
    };

    /// <summary>A function of integers, with dots, a composite, a name, and a use of what it closes over.</summary>
    private static Expr F(Expr x, Expr w)
    {
        var h = checkpointName(relu(matmul(x, w)), "middle");
        return matmul(composite("square", a => a[0] * a[0], h), w) * x - h;
    }

    /// <summary>Values on small integers, where every order of summation is exact.</summary>
    private static void Same(Func<Expr, Expr, Expr> f, Func<Expr, Expr, Expr> g)
    {
        var (x, w) = (variable("x", TensorType.F64(3, 3)), variable("w", TensorType.F64(3, 3)));
        var both = new Function([x, w], [f(x, w), g(x, w)]);
        var random = new Random(1);
        ImmutableArray<Tensor> inputs = [OpExamples.Small(x.Type, random), OpExamples.Small(w.Type, random)];
        var expected = Reference.Compile(both).Run(inputs);
        Assert.Equal(expected[0], expected[1]);
        Assert.Contains(expected[0].ToArray<double>(), v => v != 0);
        foreach (var threads in new[] { 1, 2 })
        {
            var actual = new Cpu(threads).Compile(both).Run(inputs);
            for (var i = 0; i < 2; i++) Assert.Equal(expected[i].ToArray<double>(), actual[i].ToArray<double>());
        }
    }

    private static Func<Expr, Expr, Expr> Over(Func<Func<Expr, Expr>, Func<Expr, Expr>> transform, Func<Expr, Expr, Expr> f) => (x, w) => transform(v => f(v, w))(x);

    private static Func<Expr, Expr, Expr> By(string policy, Func<Expr, Expr, Expr> f) => (x, w) => checkpoint(v => f(v, w), Policy(policy))(x);

    [Theory]
    [MemberData(nameof(Policies))]
    public void Values_gradients_and_tangents_are_those_of_the_function(string policy)
    {
        var g = By(policy, F);
        Same(F, g);
        Func<Func<Expr, Expr>, Func<Expr, Expr>>[] transforms =
        [
            f => grad(x => sum(f(x) * f(x))),
            f => x => jvp(f, x, x + 1).Tangent,
            f => grad(v => sum(grad(x => sum(f(x)))(v) * v)),
            f => x => jvp(grad(v => sum(f(v))), x, x - 1).Tangent,
            f => grad(v => sum(jvp(f, v, v * v).Tangent)),
        ];
        foreach (var transform in transforms) Same(Over(transform, F), Over(transform, g));
    }

    /// <summary>Programs over all ops, on integers so small that values and first derivatives are exact; where second ones are not, nothing is said.</summary>
    [Theory]
    [MemberData(nameof(Policies))]
    public void What_is_computed_of_a_random_program_is_the_same_bit_for_bit(string policy)
    {
        Func<Function, Function>[] transforms =
        [
            f => f, Derivatives.Forward, Derivatives.Reverse, f => Derivatives.Batched(f, 2), f => Derivatives.Reverse(Derivatives.Reverse(f)),
            f => Derivatives.Forward(Derivatives.Reverse(f)), f => Derivatives.Reverse(Derivatives.Forward(f)), f => Derivatives.Batched(Derivatives.Reverse(f), 2),
        ];
        var telling = new int[transforms.Length];
        const int Count = 60;
        foreach (var p in RandomProgram.Of(Numbers.Integers, DType.F64).Generator.Sample(100, new Rnd(20251124, 1), Count))
            for (var t = 0; t < transforms.Length; t++)
            {
                var (plain, kept) = (transforms[t](p.Function), transforms[t](Transformation.Checkpointed(p.Function, Policy(policy))));
                var inputs = p.Values([.. plain.Parameters.Select(x => x.Type)], 3);
                var (expected, actual) = (Reference.Compile(plain).Run(inputs), Reference.Compile(kept).Run(inputs));
                if (!expected.All(IsExact)) continue;
                telling[t]++;
                Assert.Equal(expected.Length, actual.Length);
                for (var i = 0; i < expected.Length; i++)
                    Assert.True(expected[i].Type == actual[i].Type && Values.Elements(expected[i]).SequenceEqual(Values.Elements(actual[i])), $"result {i} of transformation {t} of{p}");
            }
        Assert.All(telling, (n, t) => Assert.True(n > Count / 2, $"transformation {t} is exact of {n} of {Count} programs only"));
    }

    /// <summary>Whether all elements are integers of which many can be added.</summary>
    private static bool IsExact(Tensor x) => Values.Elements(x).All(v => v == Math.Round(v) && Math.Abs(v) < 1L << 40);

    /// <summary>What is closed over has a gradient, too.</summary>
    [Theory]
    [MemberData(nameof(Policies))]
    public void Gradients_reach_what_is_closed_over(string policy)
    {
        Func<Expr, Expr, Expr> Of(Func<Expr, Expr, Expr> f) => (x, w) => grad(v => sum(f(x, v) * x))(w);
        Same(Of(F), Of(By(policy, F)));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Checkpoints_nest(string policy)
    {
        var inner = By("nothing", F);
        Func<Expr, Expr, Expr> plain = (x, w) => F(F(x, w) - x, w) + x, nested = By(policy, (x, w) => inner(inner(x, w) - x, w) + x);
        Same(plain, nested);
        Same(Over(f => grad(x => sum(f(x))), plain), Over(f => grad(x => sum(f(x))), nested));
    }

    [Fact]
    public void Random_keys_are_drawn_again_the_same()
    {
        static Expr F(Expr x, Expr w) => where(bernoulli(key(3), 0.5, x.Shape), matmul(x, w), 0) * x;
        Same(Over(f => grad(x => sum(f(x))), F), Over(f => grad(x => sum(f(x))), By("nothing", F)));
    }

    /// <summary>A chain of residual blocks: x ← x + tanh(x w).</summary>
    private static Function Chain(int depth, int perBlock, CheckpointPolicy? policy)
    {
        var x = variable("x", TensorType.F32(32, 64));
        ImmutableArray<Expr> weights = [.. Enumerable.Range(0, depth).Select(i => variable($"w{i}", TensorType.F32(64, 64)))];
        Expr Loss(ImmutableArray<Expr> w)
        {
            var h = x;
            foreach (var block in w.Chunk(perBlock))
            {
                Expr Block(Expr v) => block.Aggregate(v, (a, b) => a + tanh(checkpointName(matmul(a, b), "product")));
                h = policy is null ? Block(h) : checkpoint(Block, policy)(h);
            }
            return sum(h);
        }
        var gradient = grad<Params<Expr>>(p => Loss([.. p.Values]))(Params<Expr>.Of(weights.Select((w, i) => KeyValuePair.Create($"{i:000}", w))));
        return new([x, .. weights], [.. weights.Zip(gradient.Values, (w, g) => w - 0.01 * g)]);
    }

    private static Plan Planned(Function f) => Planner.Of(Lowering.Of(f), ImmutableArray.CreateRange(Enumerable.Range(1, f.Parameters.Length - 1)));

    /// <summary>A chain of n layers holds n activations, in blocks of √n about 2√n, at the price of one more forward pass.</summary>
    [Fact]
    public void Checkpoints_of_a_deep_chain_hold_the_square_root_of_it()
    {
        const long Activation = 32 * 64 * 4;
        var (plain, checkpointed) = (Planned(Chain(64, 8, null)), Planned(Chain(64, 8, CheckpointPolicy.NothingSaveable)));
        Assert.True(plain.PeakBytes > 64 * Activation, $"{plain.PeakBytes / Activation} activations");
        Assert.True(checkpointed.PeakBytes < 30 * Activation, $"{checkpointed.PeakBytes / Activation} activations");
        Assert.InRange((double)checkpointed.Cost.DotFlops / plain.Cost.DotFlops, 1.2, 1.34);
    }

    [Fact]
    public void A_policy_keeps_what_it_names_and_computes_the_rest_again()
    {
        var (plain, nothing) = (Planned(Chain(16, 4, null)), Planned(Chain(16, 4, CheckpointPolicy.NothingSaveable)));
        foreach (var policy in new[] { CheckpointPolicy.DotsSaveable, CheckpointPolicy.SaveOnlyTheseNames("product"), CheckpointPolicy.EverythingSaveable })
            Assert.Equal(plain.Cost.DotFlops, Planned(Chain(16, 4, policy)).Cost.DotFlops);
        Assert.True(nothing.Cost.DotFlops > plain.Cost.DotFlops);
        Assert.Equal(nothing.Cost.DotFlops, Planned(Chain(16, 4, CheckpointPolicy.SaveOnlyTheseNames("other"))).Cost.DotFlops);
    }

    [Fact]
    public void A_checkpointed_chain_uses_the_memory_that_was_planned()
    {
        var f = Chain(16, 4, CheckpointPolicy.NothingSaveable);
        PlanLaws.MeasuresAsPlanned(f, [.. f.Parameters.Select(p => OpExamples.Small(p.Type, new Random(1)))]);
    }

    [Fact]
    public void A_checkpointed_layer_trains_as_the_layer()
    {
        var plain = Dense(8) >> Tanh >> BatchNorm() >> Dropout(0.3) >> Dense(4);
        var (x, seed) = (variable("x", TensorType.F32(6, 5)), key(1));
        var (weights, state) = plain.Init(1, x.Type);
        var (w, s) = (weights.Map((path, v) => variable(path, v.Type)), state.Map((path, v) => variable(path, v.Type)));
        var whole = Checkpointed(plain);
        Params<Expr> Below(Params<Expr> p) => Params<Expr>.Of(p.Select(kv => KeyValuePair.Create($"checkpointed_0/{kv.Key}", kv.Value)));
        Assert.Equal(Below(w).Paths, whole.Init(1, x.Type).Weights.Paths);
        var ((loss, next), gradient) = valueAndGrad<Params<Expr>, Params<Expr>>(p => whole.Apply(Below(p), Below(s), x, seed) is var (y, u) ? (sum(y * y), u) : default)(w);
        var results = Reference.Compile(new([.. w.Values, .. s.Values, x], [loss, .. next.Values, .. gradient.Values]))
            .Run([.. w.Values.Concat(s.Values).Append(x).Select(v => OpExamples.Small(v.Type, new Random(2)))]);
        Assert.All(results, r => Assert.All(r.ToArray<float>(), v => Assert.True(float.IsFinite(v))));
        var layer = Checkpointed(Dense(8) >> Tanh >> Dense(4));
        var bare = Dense(8) >> Tanh >> Dense(4);
        var p = bare.Init(1, x.Type).Weights.Map((path, v) => variable(path, v.Type));
        var expected = grad<Params<Expr>>(q => sum(bare.Apply(q, x)))(p);
        var actual = grad<Params<Expr>>(q => sum(layer.Apply(Below(q), x)))(p);
        var both = Reference.Compile(new([.. p.Values, x], [.. expected.Values, .. actual.Values])).Run([.. p.Values.Append(x).Select(v => OpExamples.Small(v.Type, new Random(2)))]);
        Assert.Equal(both[..p.Count].AsEnumerable(), both[p.Count..]);
    }

    [Fact]
    public void What_is_made_of_kept_values_is_computed_again()
    {
        var (x, w) = (variable("x", TensorType.F32(16, 16)), variable("w", TensorType.F32(16, 16)));
        Cost Of(CheckpointPolicy policy) => Costs.cost(grad(v => sum(Enumerable.Range(0, 16).Aggregate(x, (h, _) =>
            checkpoint(u => sin(exp(matmul(sin(exp(matmul(u, v))), v))), policy)(h))))(w));
        var (everything, dots) = (Of(CheckpointPolicy.EverythingSaveable), Of(CheckpointPolicy.DotsSaveable));
        Assert.InRange(dots.PeakBytes, 0, everything.PeakBytes * 8 / 10);
        Assert.Equal(everything.DotFlops, dots.DotFlops);
        Assert.True(dots.Flops > everything.Flops);
    }
}
