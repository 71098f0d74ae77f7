using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests;

/// <summary>The reference interpreter against values computed by hand or printed in tables.</summary>
public class KnownValues
{
    private static readonly Reference reference = new();

    private static Tensor Eval(Expr x) => reference.Eval(x);

    /// <summary>The known answers that Random123 publishes for philox4x32 with ten rounds, where the counter's upper half is 0.</summary>
    [Fact]
    public void PhiloxGivesThePublishedBlock()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), Philox.Block(0, 0));
        Assert.Equal(
            [unchecked((int)0x6627e8d5), unchecked((int)0xe169c58d), unchecked((int)0xbc57ac4c), unchecked((int)0x9b00dbd8)],
            Eval(randomBits(key(0), [4])).ToArray<int>());
        Assert.Equal(
            [unchecked((long)0xe169c58d6627e8d5), unchecked((long)0x9b00dbd8bc57ac4c)],
            Eval(randomBits(key(0), [2], DType.I64)).ToArray<long>());
    }

    [Fact]
    public void ConvSlidesWithoutTurning()
    {
        var x = constant<float>([1, 1, 3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9);
        var y = constant<float>([1, 1, 2, 2], 1, 10, 100, 1000);
        Assert.Equal([5421, 6532, 8754, 9865], Eval(conv(x, y, [new(2), new(2)])).ToArray<float>());
        Assert.Equal([1000, 3200, 7040, 9865], Eval(conv(x, y, [new(2, Stride: 2, Low: 1), new(2, Stride: 2, Low: 1)])).ToArray<float>());
    }

    [Fact]
    public void ConvDilatesEitherSide()
    {
        var (x, y) = (constant<float>([1, 1, 3], 1, 2, 3), constant<float>([1, 1, 2], 1, 10));
        Assert.Equal([31], Eval(conv(x, y, [new(2, Dilation: 2)])).ToArray<float>());
        Assert.Equal([1, 20, 2, 30], Eval(conv(x, y, [new(2, BaseDilation: 2)])).ToArray<float>());
    }

    [Fact]
    public void ConvKeepsGroupsApart()
    {
        var weight = constant<float>([2, 1, 1], 10, 100);
        Assert.Equal([10, 20, 300, 400], Eval(conv(constant<float>([1, 2, 2], 1, 2, 3, 4), weight, [new(1)], featureGroups: 2)).ToArray<float>());
        Assert.Equal([10, 20, 300, 400], Eval(conv(constant<float>([2, 1, 2], 1, 2, 3, 4), weight, [new(1)], batchGroups: 2)).ToArray<float>());
    }

    [Fact]
    public void ArgPicksTheFirstOfEqualsAndNaN()
    {
        var x = constant<float>([3, 3], 1, 3, 3, 2, float.NaN, float.NaN, 0, -1, -1);
        Assert.Equal([1, 1, 0], Eval(argmax(x)).ToArray<int>());
        Assert.Equal([0, 1, 1], Eval(argmin(x)).ToArray<int>());
        Assert.Equal([1, 1, 1], Eval(argmax(x, 0)).ToArray<int>());
    }

    [Fact]
    public void WindowArgMaxCountsInThePlaneAndMarksTheOutside() =>
        Assert.Equal([-1, 0, 0, 2, 2, -1], Eval(windowArgMax(vector<float>(5, 5, 7), [new(2, Low: 2, High: 2)])).ToArray<int>());

    [Fact]
    public void SortIsStableAndPutsNaNLast()
    {
        var x = vector<float>(2, float.NaN, 1, 2, -0f, 0f);
        Assert.Equal([4, 5, 2, 0, 3, 1], Eval(argsort(x)).ToArray<int>());
        Assert.Equal([0, 3, 2, 4, 5, 1], Eval(argsort(x, descending: true)).ToArray<int>());
    }

    [Fact]
    public void PadCutsAndSpreads()
    {
        var x = vector<int>(1, 2, 3);
        Assert.Equal([2, 3, 0, 0], Eval(pad(x, [new(-1, 2)])).ToArray<int>());
        Assert.Equal([0, 1, 0, 0, 2, 0, 0], Eval(pad(x, [new(1, -1, 2)])).ToArray<int>());
        Assert.Equal([0, 2], Eval(pad(x, [new(-1, -2, 1)])).ToArray<int>());
    }

    [Fact]
    public void OutsideGatherIsZeroAndScatterDrops()
    {
        var indices = vector<int>(2, -1, 0, 3, 2);
        Assert.Equal([30, 0, 10, 0, 30], Eval(gather(vector<float>(10, 20, 30), indices)).ToArray<float>());
        Assert.Equal([3, 0, 6], Eval(scatterAdd(vector<float>(1, 2, 3, 4, 5), indices, 3)).ToArray<float>());
    }

    [Fact]
    public void DynamicBlocksStayWithin()
    {
        var x = vector<int>(1, 2, 3, 4);
        Assert.Equal([3, 4], Eval(dynamicSlice(x, vector<int>(9), [2])).ToArray<int>());
        Assert.Equal([7, 8, 3, 4], Eval(dynamicUpdateSlice(x, vector<int>(7, 8), vector<long>(-9L))).ToArray<int>());
    }

    [Fact]
    public void IntegerDivisionIsTotal()
    {
        var (x, y) = (vector<int>(7, -7, 7, -7, 5, int.MinValue), vector<int>(2, 2, -2, -2, 0, -1));
        Assert.Equal([3, -3, -3, 3, -1, int.MinValue], Eval(x / y).ToArray<int>());
        Assert.Equal([1, -1, 1, -1, 5, 0], Eval(rem(x, y)).ToArray<int>());
        Assert.Equal([255, 3], Eval(vector<byte>(7, 7) / vector<byte>(0, 2)).ToArray<byte>());
    }

    [Fact]
    public void IntegersWrap() => Assert.Equal([int.MinValue, -2], Eval(vector<int>(int.MaxValue, int.MaxValue) + vector<int>(1, int.MaxValue)).ToArray<int>());

    [Fact]
    public void ConvertSaturates()
    {
        var x = vector<float>(1.9f, -1.9f, float.NaN, 1e20f, float.NegativeInfinity, 300);
        Assert.Equal([1, -1, 0, int.MaxValue, int.MinValue, 300], Eval(convert(x, DType.I32)).ToArray<int>());
        Assert.Equal([1, -1, 0, long.MaxValue, long.MinValue, 300], Eval(convert(x, DType.I64)).ToArray<long>());
        Assert.Equal([1, 0, 0, 255, 0, 255], Eval(convert(x, DType.U8)).ToArray<byte>());
        Assert.Equal([true, true, false], Eval(convert(vector<float>(float.NaN, 0.1f, -0f), DType.Bool)).ToArray<bool>());
        Assert.Equal([16777216, 16777220], Eval(convert(vector<int>(16777217, 16777219), DType.F32)).ToArray<float>());
    }

    /// <summary>Values to 17 digits, met to two units in the last place.</summary>
    [Theory]
    [InlineData(0.5, 0.52049987781304654)]
    [InlineData(1.0, 0.84270079294971487)]
    [InlineData(-2.0, -0.99532226501895273)]
    [InlineData(3.0, 0.99997790950300141)]
    public void ErrorFunctionMatchesTables(double x, double y)
    {
        Near(y, Eval(erf(constant(x, DType.F64))).Value);
        Near(x, Eval(erfInv(constant(0.0, DType.F64) + Eval(erf(constant(x, DType.F64))).Value)).Value, Math.Exp(x * x));
    }

    [Theory]
    [InlineData(1.0, 0.15729920705028513)]
    [InlineData(5.0, 1.5374597944280349e-12)]
    [InlineData(10.0, 2.0884875837625448e-45)]
    public void ComplementKeepsItsTail(double x, double y) => Near(y, Eval(erfc(constant(x, DType.F64))).Value);

    [Fact]
    public void ErrorFunctionsEnd()
    {
        Assert.Equal([1, -1], Eval(erf(vector<double>(double.PositiveInfinity, double.NegativeInfinity))).ToArray<double>());
        Assert.Equal([double.PositiveInfinity, double.NegativeInfinity, double.NaN, 0], Eval(erfInv(vector<double>(1, -1, 1.5, 0))).ToArray<double>());
    }

    [Fact]
    public void EmptySumsAreZero()
    {
        Assert.Equal([0, 0], Eval(sum(zeros(TensorType.F32(2, 0)), 1)).ToArray<float>());
        Assert.Equal([0, 0, 0, 0], Eval(matmul(zeros(TensorType.F32(2, 0)), zeros(TensorType.F32(0, 2)))).ToArray<float>());
        Assert.Empty(Eval(exp(zeros(TensorType.F32(0, 3)))).ToArray<float>());
    }

    [Fact]
    public void SumsRoundOnce() => Assert.Equal(1e8f + 8, Eval(sum(vector<float>(1e8f, 1, 1, 1, 1, 1, 1, 1, 1))).Span<float>()[0]);

    /// <summary>Equal to two units in the last place, or to twice a condition number of them.</summary>
    private static void Near(double expected, double actual, double condition = 1) =>
        Assert.InRange(Math.Abs(actual - expected), 0, 2 * condition * (Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected)));
}
