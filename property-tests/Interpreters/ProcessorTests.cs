using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Kernels as processors are given them, by groups of one thread that take runs of neighbours, on every machine: run as data, where each access is checked.</summary>
public sealed class ProcessorTests
{
    private static Gpu Opened() => Gpu.Open(DeviceKind.Checked, new Geometry(1, 3, VectorBytes: 32)).IfFail(e => throw e);

    [Fact]
    public void Every_op_gives_the_same_on_small_integers()
    {
        using var gpu = Opened();
        foreach (var type in DTypes.All.Where(t => t.IsNumber))
            foreach (var (name, program, inputs) in OpExamples.Of(type)) CpuAgainstReference.NearReference(name, program, inputs, OpExamples.Small, gpu);
        Assert.All(gpu.KernelCodes.Where(c => c.Name is not ("sort" or "merge")), c => Assert.Equal(1, c.Threads));
    }

    /// <summary>More elements than a thread takes: of maps, rows, sums along either axis and of all, cumulative sums, windows and what moves.</summary>
    [Fact]
    public void Work_for_several_threads_is_divided()
    {
        using var gpu = Opened();
        foreach (var (name, program, shape) in new (string, Func<Expr, Expr>, int[])[]
        {
            ("map", x => (x * x) + 1, [3, 5_001]),
            ("short rows", x => sum(x * 2, 1), [4_003, 5]),
            ("rows", x => x - max(x, 1, keepDims: true), [70, 211]),
            ("few rows", x => x - sum(x, 1, keepDims: true), [2, 9_001]),
            ("channels", x => x - broadcast(sum(x, [0, 2]) - min(sum(x, [0, 2])), x.Shape, [1]), [3, 9, 71]),
            ("sum of all", x => sum(x), [20_011]),
            ("sum of rows", x => sum(x, 1), [41, 331]),
            ("sum of columns", x => sum(x, 0), [331, 41]),
            ("cumulative sum", x => cumulativeSum(x, 0), [90, 97]),
            ("cumulative sum of a line", x => cumulativeSum(x, 0), [9_001]),
            ("maxima under windows", x => maxPool2d(x, 2), [1, 3, 62, 64]),
            ("permutation", x => permute(x, [1, 2, 0]), [20, 21, 22]),
            ("broadcast", x => broadcastTo(x, Shape.Of([40, 3, 101])), [3, 101]),
            ("padding", x => pad(x, [new(1, 2, 1), new(3, -1, 0)]), [60, 90]),
        })
            CpuAgainstReference.NearReference(name, p => program(p[0]), [TensorType.F32(shape)], OpExamples.Small, gpu);
        Assert.Contains(gpu.KernelCodes, c => c.Groups > 1);
    }

    /// <summary>The greatest under windows that reach over any edge, and begin behind it; of several the first, of numbers among which NaN is one, too.</summary>
    [Fact]
    public void Under_windows_the_first_of_the_greatest_is_found()
    {
        using var gpu = Opened();
        foreach (var w in from size in new[] { 1, 2, 3, 4 } from stride in new[] { 1, 2, 3 } from low in new[] { -2, 0, 1, 2, 4 } from high in new[] { -1, 0, 2, 3 } where 5 + low + high >= size select new WindowDim(size, stride, low, high))
            foreach (var draw in (Func<TensorType, Random, Tensor>[])[OpExamples.Small, OpExamples.Corners])
            {
                CpuAgainstReference.NearReference($"maxima {w}", x => windowMax(x[0], [w, new(3, 2, 1, 1)]), [TensorType.F32(2, 5, 7)], draw, gpu);
                CpuAgainstReference.NearReference($"places {w}", x => windowArgMax(x[0], [new(3, 2, 1, 1), w]), [TensorType.F32(2, 7, 5)], draw, gpu);
            }
    }

    /// <summary>Of windows that meet an element each, no position asks what is padding.</summary>
    [Fact]
    public void Padding_is_asked_for_only_where_windows_may_be_empty()
    {
        foreach (var (low, asks) in new[] { (0, false), (1, false), (2, false), (3, true) })
        {
            using var gpu = Opened();
            WindowDim w = new(3, 2, low, 1);
            gpu.Compile(Function.Trace(p => [windowMax(p[0], [w, w])], ("x", TensorType.F32(2, 9, 9))));
            Assert.Equal(asks, gpu.KernelCodes.Single().ToString().Contains(" if "));
        }
    }

    /// <summary>Few lines, whose places are divided, among several threads too, and many; indices that occur often, and that are outside, are those of the reference.</summary>
    [Theory]
    [InlineData(1, 50, 300, 1)]
    [InlineData(1, 700, 9000, 3)]
    [InlineData(1, 7, 90, 5)]
    [InlineData(2, 50, 60, 3)]
    [InlineData(9, 4, 40, 1)]
    public void Updates_are_added_in_turn(int lines, int extent, int picks, int after)
    {
        using var gpu = Opened();
        var random = new Random(extent);
        foreach (var type in new[] { DType.I32, DType.I64 })
        {
            var f = Function.Trace(p => [scatterAdd(p[0], p[1], extent, 1)], ("x", TensorType.F32(lines, picks, after)), ("i", new(type, [picks])));
            var at = Enumerable.Range(0, picks).Select(_ => random.Next(-2, extent + 2)).ToArray();
            ImmutableArray<Tensor> inputs = [OpExamples.Small(f.Parameters[0].Type, random), type == DType.I32 ? Tensor.Of<int>(at) : Tensor.Of<long>(Array.ConvertAll(at, i => i < 0 ? long.MinValue + i : i >= extent ? long.MaxValue - i : i))];
            Assert.Equal(new Reference().Compile(f).Run(inputs)[0].ToArray<float>(), gpu.Compile(f).Run(inputs)[0].ToArray<float>());
        }
    }
}
