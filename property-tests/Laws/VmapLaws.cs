using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using static PropertyTests.Laws.ForPrograms;
using Cpu = Functional.Interpreter.Cpu.Cpu;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>
/// vmap f is the stack of f over the examples, whatever the program, whichever parameters are batched and along whichever axes; and it commutes
/// with differentiation in either mode, and with itself.
/// </summary>
public sealed class VmapLaws
{
    private static readonly Reference Reference = new();

    [Theory]
    [MemberData(nameof(Kinds), MemberType = typeof(ForPrograms))]
    public void A_batched_program_is_the_stack_of_the_program_on_each_example(Numbers numbers, DType type) => ForAll(numbers, type, 500, p =>
    {
        var batch = new Batch(p, 11);
        var results = batch.Results.Length;
        var values = Reference.Compile(new(batch.Inputs, [.. batch.Mapped(batch.Inputs), .. batch.Stacked(batch.Inputs)])).Run(batch.Values);
        return Same(values[..results], values[results..], numbers);
    });

    [Theory]
    [MemberData(nameof(Kinds), MemberType = typeof(ForPrograms))]
    public void A_batch_of_batches_is_the_stack_of_the_batches(Numbers numbers, DType type) => ForAll(numbers, type, 200, p =>
    {
        var inner = new Batch(p, 12);
        var outer = new Batch(p, 13, inner.Inputs, inner.Mapped);
        var results = outer.Results.Length;
        var values = Reference.Compile(new(outer.Inputs, [.. outer.Mapped(outer.Inputs), .. outer.Stacked(outer.Inputs)])).Run(outer.Values);
        return Same(values[..results], values[results..], numbers);
    });

    [Theory]
    [MemberData(nameof(Kinds), MemberType = typeof(ForPrograms))]
    public void The_cpu_computes_a_batched_program_as_the_reference_defines_it(Numbers numbers, DType type) => ForAll(numbers, type, 200, p =>
    {
        var batch = new Batch(p, 14);
        var f = new Function(batch.Inputs, batch.Mapped(batch.Inputs));
        return Same(Reference.Compile(f).Run(batch.Values), new Cpu(2).Compile(f).Run(batch.Values), numbers);
    });

    [Fact]
    public void Every_op_and_every_function_has_been_batched()
    {
        var shown = new HashSet<Type>();
        foreach (var p in new[] { Numbers.Integers, Numbers.Smooth }.SelectMany(n => Program.Of(n, DType.F64).Generator.Sample(800, new Rnd(20251124, 1), 80)))
        {
            var moving = new Batch(p, 11).Moving.ToHashSet();
            foreach (var node in p.Function.Nodes.Where(x => x.Inputs.Any(moving.Contains)))
            {
                moving.Add(node);
                shown.Add(node.Op.GetType());
            }
        }
        var all = typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsSubclassOf(typeof(Leaf)) && !t.IsAbstract && !t.IsGenericType);
        Assert.Empty(all.Except(shown).Select(t => t.Name));
        Assert.Empty(typeof(Functions).GetNestedTypes().Except(shown.Where(t => t.IsGenericType).Select(t => t.GetGenericArguments()[0])).Select(t => t.Name));
    }

    [Theory]
    [MemberData(nameof(Kinds), MemberType = typeof(ForPrograms))]
    public void The_tangent_of_a_batch_is_the_batch_of_the_tangents(Numbers numbers, DType type) => ForMost(numbers, type, 200, p =>
    {
        if (Batch.OfReals(p, 15) is not { } batch) return null;
        ImmutableArray<Expr> ts = [.. batch.Inputs.Select((x, i) => x.DType.IsFloat ? variable($"t{i}", x.Type) : zerosLike(x))];
        ImmutableArray<Expr> drawn = [.. ts.Where(t => t.Op is Variable)];
        var outside = jvp(x => Named(batch.Mapped([.. x.Values])), Named(batch.Inputs), Named(ts)).Tangent.Values;
        var inside = vmap<(Params<Expr> X, Params<Expr> T), Params<Expr>>(
            xt => jvp(x => Named(batch.Of([.. x.Values])), xt.X, xt.T).Tangent, [.. batch.InAxes, .. batch.InAxes], [.. batch.OutAxes])((Named(batch.Inputs), Named(ts))).Values;
        var values = Reference.Compile(new([.. batch.Inputs, .. drawn], [.. outside, .. inside])).Run([.. batch.Values, .. p.Values([.. drawn.Select(t => t.Type)], 7)]);
        return Near(values, batch.Results.Length);
    });

    [Theory]
    [MemberData(nameof(Kinds), MemberType = typeof(ForPrograms))]
    public void The_gradient_of_a_batch_is_the_batch_of_the_gradients(Numbers numbers, DType type) => ForMost(numbers, type, 200, p =>
    {
        if (Batch.OfReals(p, 16) is not { } batch) return null;
        ImmutableArray<Expr> cts = [.. batch.Results.Select((y, i) => variable($"ct{i}", batch.OutType(i)))];
        var outside = vjp(x => Named(batch.Mapped([.. x.Values])), Named(batch.Inputs)).Pullback(Named(cts)).Values;
        var inside = vmap<(Params<Expr> X, Params<Expr> Ct), Params<Expr>>(
            xc => vjp(x => Named(batch.Of([.. x.Values])), xc.X).Pullback(xc.Ct), [.. batch.InAxes, .. batch.OutAxes], [.. batch.InAxes.Select(a => a ?? 0)])((Named(batch.Inputs), Named(cts))).Values
            .Select((ct, i) => batch.InAxes[i] is null && ct.DType.IsFloat ? sum(ct, 0) : ct);
        var of = Enumerable.Range(0, batch.Inputs.Length).Where(i => batch.Inputs[i].DType.IsFloat).ToArray();
        var values = Reference.Compile(new([.. batch.Inputs, .. cts], [.. of.Select(i => outside.ElementAt(i)), .. of.Select(i => inside.ElementAt(i))]))
            .Run([.. batch.Values, .. p.Values([.. cts.Select(t => t.Type)], 7)]);
        return Near(values, of.Length);
    });

    /// <summary>A function with some of its parameters batched, along drawn axes, the results along drawn axes too; the same for the same program.</summary>
    private sealed class Batch
    {
        private readonly ImmutableArray<Expr> parameters;
        private readonly Func<ImmutableArray<Expr>, ImmutableArray<Expr>> f;
        private readonly int size;
        private readonly Program program;

        public Batch(Program p, int salt) : this(p, salt, p.Function.Parameters, p.Function.Inline) { }

        public Batch(Program p, int salt, ImmutableArray<Expr> parameters, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> f)
        {
            var random = new Random(p.Recipe.Seed * 31 + salt);
            (program, this.parameters, this.f, size) = (p, parameters, f, random.Next(6) == 0 ? 0 : random.Next(1, 4));
            Results = f(parameters);
            var (all, one) = (random.Next(3) == 0, random.Next(parameters.Length));
            InAxes = [.. parameters.Select((x, i) => all || i == one || random.Next(2) == 0 ? random.Next(-x.Rank - 1, x.Rank + 1) : (int?)null)];
            OutAxes = [.. Results.Select(y => (int?)random.Next(-y.Rank - 1, y.Rank + 1))];
            Inputs = [.. parameters.Select((x, i) => variable($"b{i}", InAxes[i] is { } axis ? Inserted(x.Type, axis) : x.Type))];
        }

        /// <summary>With the floating-point results only; null where there are none.</summary>
        public static Batch? OfReals(Program p, int salt)
        {
            ImmutableArray<int> reals = [.. Enumerable.Range(0, p.Function.Results.Length).Where(i => p.Function.Results[i].DType.IsFloat)];
            return reals.IsEmpty ? null : new(p, salt, p.Function.Parameters, x => p.Function.Inline(x) is var y ? [.. reals.Select(i => y[i])] : []);
        }

        /// <summary>The results for one example.</summary>
        public ImmutableArray<Expr> Results { get; }

        public ImmutableArray<int?> InAxes { get; }

        public ImmutableArray<int?> OutAxes { get; }

        /// <summary>A variable for each parameter, of the batch's type.</summary>
        public ImmutableArray<Expr> Inputs { get; }

        public IEnumerable<Expr> Moving => parameters.Where((_, i) => InAxes[i] is not null);

        public ImmutableArray<Tensor> Values => program.Values([.. Inputs.Select(x => x.Type)], program.Recipe.Seed);

        public TensorType OutType(int i) => Inserted(Results[i].Type, OutAxes[i]!.Value);

        public ImmutableArray<Expr> Of(ImmutableArray<Expr> x) => f(x);

        public ImmutableArray<Expr> Mapped(ImmutableArray<Expr> x) =>
            [.. vmap<Params<Expr>, Params<Expr>>(a => Named(f([.. a.Values])), [.. InAxes], [.. OutAxes])(Named(x)).Values];

        public ImmutableArray<Expr> Stacked(ImmutableArray<Expr> x)
        {
            var examples = Enumerable.Range(0, size).Select(b => f([.. x.Select((v, i) => InAxes[i] is { } axis ? index(v, axis, b) : v)])).ToArray();
            return [.. Results.Select((y, i) => size == 0 ? zeros(OutType(i)) : stack(OutAxes[i]!.Value, [.. examples.Select(e => e[i])]))];
        }

        private TensorType Inserted(TensorType type, int axis) => type with { Shape = type.Shape.Insert(axis < 0 ? axis + type.Rank + 1 : axis, size) };
    }

    private static Params<Expr> Named(ImmutableArray<Expr> xs) => Params<Expr>.Of(xs.Select((x, i) => KeyValuePair.Create($"{i:000}", x)));

    /// <summary>Equal to the bit on integers; on real numbers up to rounding, for a sum may be taken in another order.</summary>
    private static bool Same(ImmutableArray<Tensor> actual, ImmutableArray<Tensor> expected, Numbers numbers) => actual.Zip(expected, (a, e) =>
        a.Type == e.Type && Enumerable.Range(0, (int)a.Shape.Size).All(i =>
            a[i].Equals(e[i]) || (numbers == Numbers.Smooth && a.DType.IsFloat && Math.Abs(a[i] - e[i]) <= 1e-11 * Math.Max(1, Math.Abs(e[i]))))).All(same => same);

    /// <summary>Whether the first results are the others up to rounding; null where all are zero.</summary>
    private static bool? Near(ImmutableArray<Tensor> values, int count)
    {
        var size = 0.0;
        var holds = true;
        for (var r = 0; r < count; r++)
        {
            var (a, b) = (values[r], values[count + r]);
            if (a.Type != b.Type) return false;
            var tolerance = a.DType == DType.F32 ? 1e-4 : 1e-10;
            for (var i = 0; i < a.Shape.Size; i++)
            {
                size = Math.Max(size, Math.Max(Math.Abs(a[i]), Math.Abs(b[i])));
                holds &= a[i].Equals(b[i]) || Math.Abs(a[i] - b[i]) <= tolerance * Math.Max(1, size);
            }
        }
        return size == 0 || size > 1e12 ? holds ? null : false : holds;
    }
}
