using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>What kernels of products go on with while elements are in registers: updates in place, in several tensors, and results of another type than the product's.</summary>
public sealed class ProductEndTests
{
    private static readonly ValueArray<int> First = ImmutableArray.Create(0);

    public static TheoryData<string> Ways => ["threads", "cores", "processor", "debug"];

    private static Gpu Opened(string way) => (way switch
    {
        "debug" => Gpu.Open(DeviceKind.Debug),
        "cores" => Gpu.Open(DeviceKind.Checked, new Geometry(256, 1, TensorCores.TF32)),
        "processor" => Gpu.Open(DeviceKind.Checked, new Geometry(256, 2, VectorBytes: 32)),
        _ => Gpu.Open(DeviceKind.Checked, new Geometry(256, 1)),
    }).IfFail(e => throw e);

    /// <summary>A program gives the reference's values, the memory of donated arguments taken over or not.</summary>
    /// <returns>Its plan, when they are donated.</returns>
    private static Plan Agree(string way, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> program, ValueArray<int> donated, params TensorType[] types)
    {
        using var gpu = Opened(way);
        var f = Function.Trace(program, [.. types.Select((t, i) => ($"x{i}", t))]);
        ImmutableArray<Tensor> Inputs() => [.. types.Select((t, i) => OpExamples.Small(t, new(i)))];
        var expected = new Reference().Compile(f).Run(Inputs());
        Assert.Equal(expected.AsEnumerable(), gpu.Compile(f).Run(Inputs()));
        var compiled = (IPlanned)gpu.Compile(f, donated);
        Assert.Equal(expected.AsEnumerable(), compiled.Run([.. Inputs().Select(gpu.Put)]));
        return compiled.Plan;
    }

    /// <summary>A step of gradient descent, which another product reads the old weights beside.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Updates_take_the_place_of_what_they_update(string way)
    {
        foreach (var (n, rows, columns) in new[] { (8, 16, 12), (5, 7, 9), (300, 4, 8) })
        {
            var plan = Agree(way, p => [p[0] - 2f * matmul(transpose(p[1]), p[2]), matmul(p[2], transpose(p[0]))], First, TensorType.F32(rows, columns), TensorType.F32(n, rows), TensorType.F32(n, columns));
            Assert.Equal(2, plan.Steps.Length);
            Assert.Contains(0, plan.OutputDonors);
        }
    }

    /// <summary>One that keeps a mean of gradients: two tensors in place.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Several_tensors_are_updated_at_once(string way)
    {
        var plan = Agree(way, p =>
        {
            var velocity = 2 * p[1] + matmul(transpose(p[2]), p[3]);
            return [p[0] - velocity, velocity];
        }, ImmutableArray.Create(0, 1), TensorType.F32(8, 12), TensorType.F32(8, 12), TensorType.F32(6, 8), TensorType.F32(6, 12));
        Assert.Single(plan.Steps);
        Assert.Equal([0, 1], plan.OutputDonors.Order());
    }

    /// <summary>What other threads still read as factors is not written over.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Factors_are_not_written_over(string way)
    {
        var plan = Agree(way, p => [p[0] - matmul(p[0], transpose(p[0]))], First, TensorType.F32(40, 40));
        Assert.Equal([-1], plan.OutputDonors.AsEnumerable());
        plan = Agree(way, p => [p[0] + conv(p[0], p[1], [new(3, 1, 1, 1), new(3, 1, 1, 1)])], First, TensorType.F32(2, 3, 8, 8), TensorType.F32(3, 3, 3, 3));
        Assert.Equal([-1], plan.OutputDonors.AsEnumerable());
    }

    /// <summary>Nothing of the product's type is stored.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Elements_are_converted_on_the_way(string way)
    {
        foreach (var to in (DType[])[DType.BF16, DType.F16, DType.I32])
            Assert.Single(Agree(way, p => [convert(matmul(p[0], p[1]), to)], default, TensorType.F32(6, 8), TensorType.F32(8, 12)).Steps);
    }

    /// <summary>Neighbours of one row of a product that lie in two rows of what goes on with it, each with a number of its own.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Numbers_of_rows_are_those_of_the_row_that_goes_on(string way) =>
        Assert.Single(Agree(way, p => [reshape(matmul(p[0], p[1]), Shape.Of([32, 9])) + broadcast(p[2] * p[2], Shape.Of([32, 9]), Axes.Of([0]))], default, TensorType.F32(8, 5), TensorType.F32(5, 36), TensorType.F32(32)).Steps);

    /// <summary>A filter's update, by parts of the depth and whole.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Filters_are_updated_where_they_are(string way)
    {
        WindowDim[] window = [new(3, 1, 1, 1), new(3, 2, 1, 1)];
        foreach (var images in (int[])[1, way == "debug" ? 2 : 8])
        {
            var (x, w) = (TensorType.F32(images, 4, 8, 8), TensorType.F32(8, 4, 3, 3));
            var y = conv(variable("x", x), variable("w", w), [.. window]).Type;
            var plan = Agree(way, p => [p[0] - grad<Expr>(f => sum(conv(p[1], f, [.. window]) * p[2]))(p[0])], First, w, x, y);
            Assert.Equal([0], plan.OutputDonors.AsEnumerable());
            Assert.Single(plan.Steps);
        }
    }

    /// <summary>Permutations of dots with several axes of each kind, alone and with what is done with them element by element.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Permutations_of_dots_are_made_at_once(string way)
    {
        var (random, names) = (new Random(5), new List<string>());
        for (var trial = 0; trial < (way == "debug" ? 6 : 24); trial++)
        {
            int[] order = [0, 1, 2, 3, 4], extents = [random.Next(1, 3), random.Next(1, 5), 4 * random.Next(1, 3), random.Next(1, 3), random.Next(2, 9)];
            random.Shuffle(order);
            var depth = trial % 4 == 3 ? 200 : random.Next(1, 6);
            var (x, y) = (TensorType.F32(extents[0], extents[1], extents[2], depth), TensorType.F32(extents[0], extents[3], extents[4], depth));
            Expr Product(Expr a, Expr b) => permute(dot(a, b, Axes.Of([0]), Axes.Of([0]), Axes.Of([3]), Axes.Of([3])), Axes.Of(order));
            Assert.Single(Agree(way, p => [Product(p[0], p[1])], default, x, y).Steps);
            var z = Product(variable("x", x), variable("y", y)).Type;
            names.Add(Assert.Single(Agree(way, p => [p[2] - Product(p[0], p[1]) * 2], ImmutableArray.Create(2), x, y, z).Steps).Name);
        }
        Assert.Contains("dot·permute·mul·sub", names);
    }

    /// <summary>The same of convolutions, with groups; channels last, as images of other programs have them, among them.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Permutations_of_convolutions_are_made_at_once(string way)
    {
        var random = new Random(6);
        for (var trial = 0; trial < (way == "debug" ? 6 : 24); trial++)
        {
            int[] order = [0, 1, 2, 3];
            if (trial % 3 == 0) order = [0, 2, 3, 1];
            else random.Shuffle(order);
            var groups = random.Next(1, 3);
            var (x, y) = (TensorType.F32(random.Next(1, 4), 4 * groups, 8, random.Next(4, 9)), TensorType.F32(random.Next(1, 5) * groups, 4, 3, 3));
            WindowDim[] window = [new(3, random.Next(1, 3), 1, 1), new(3, 1, 1, 1, random.Next(1, 3))];
            Expr Product(Expr a, Expr b) => permute(conv(a, b, [.. window], groups), Axes.Of(order));
            Assert.Single(Agree(way, p => [Product(p[0], p[1])], default, x, y).Steps);
            var z = Product(variable("x", x), variable("y", y)).Type;
            Assert.Single(Agree(way, p => [relu(Product(p[0], p[1])) + p[2]], default, x, y, z).Steps);
        }
    }

    /// <summary>Those that something else reads beside, and those that a product reads where the first one lies, are not.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void What_is_read_in_two_orders_is_made_in_one(string way)
    {
        var (x, y, z) = (TensorType.F32(6, 8), TensorType.F32(8, 4), TensorType.F32(6, 12));
        Agree(way, p => [matmul(p[0], p[1]), transpose(matmul(p[0], p[1]))], default, x, y);
        Assert.Equal(2, Agree(way, p => [matmul(transpose(matmul(p[0], p[1])), p[2])], default, x, y, z).Steps.Length);
        Agree(way, p =>
        {
            var product = matmul(p[0], p[1]);
            return [product + 1, transpose(product), sum(product, 0)];
        }, default, x, y);
    }
}
