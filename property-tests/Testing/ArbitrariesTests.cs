using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Testing;

/// <summary>What a user's property is given.</summary>
[Properties(Arbitrary = [typeof(Arbitraries)], MaxTest = 60)]
public sealed class ArbitrariesTests
{
    private static readonly Reference Reference = new();

    [Property]
    public bool Negating_twice_changes_no_bit(Tensor x) =>
        x.DType is DType.Bool or DType.U8 || Reference.Compile((Expr v) => -(-v))(x).Equals(x);

    [Property]
    public bool A_tensor_has_the_shape_that_was_asked_for(TensorType type, Shape shape) =>
        zeros(type).Type == type && shape.Size <= 64 && broadcast(constant(1, type.DType), shape).Shape == shape;

    [Property]
    public bool Laws_hold_of_programs(RandomProgram p) => Law.Adjoint.On(Trial.Of(p)).Holds && Law.Simplifying.On(Trial.Of(p)).Holds;

    [Fact]
    public void Every_element_type_and_corner_is_drawn()
    {
        var drawn = Arbitraries.Tensors().Generator.Sample(400, 50).ToList();
        Assert.Equal(DTypes.All.Items, drawn.Select(t => t.DType).Distinct().Order());
        var numbers = drawn.Where(t => t.DType.IsFloat).SelectMany(t => Enumerable.Range(0, (int)t.Shape.Size).Select(i => t[i])).ToList();
        Assert.Contains(numbers, double.IsNaN);
        Assert.Contains(numbers, double.IsInfinity);
        Assert.Contains(numbers, x => x == 0 && double.IsNegative(x));
        Assert.Contains(drawn, t => t.Shape.Size == 0);
    }

    [Fact]
    public void A_tensor_shrinks_to_the_element_at_fault()
    {
        static bool Fails(Tensor t) => Enumerable.Range(0, (int)t.Shape.Size).Any(i => t[i] > 5);
        var arbitrary = Arbitraries.Finite(TensorType.F64(3, 4));
        var x = arbitrary.Generator.Sample(100, 50).First(Fails);
        while (arbitrary.Shrinker(x).FirstOrDefault(Fails) is { } smaller) x = smaller;
        Assert.Single(Enumerable.Range(0, 12), i => x[i] != 0);
    }
}
