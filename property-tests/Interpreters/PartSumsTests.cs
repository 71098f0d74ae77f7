using System.Runtime.InteropServices;
using Functional;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Kernels;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>What is summed in parts, by as many threads for each result as there are parts and few results.</summary>
public sealed class PartSumsTests
{
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 5, 256 }, { 2, 300, 256 }, { 16, 1, 256 }, { 29, 40, 256 }, { 128, 33, 256 }, { 135, 7, 256 }, { 264, 800, 256 }, { 144, 31, 256 }, { 1056, 1, 256 }, { 2703, 3, 256 }, { 40, 3, 8 }, { 17, 6, 1 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void All_parts_are_added(int parts, int results, int threads)
    {
        foreach (var type in new[] { DType.F32, DType.I32 })
        {
            var k = new KernelBuilder("sums");
            var (sums, to) = (k.Argument(type), k.Argument(type));
            var code = PartSums.Code(k, sums, parts, results, (at, sum) => k.Put(to, at, sum), new Geometry(threads, 132));
            Assert.Equal(threads > 1 && parts >= 16, code.Shared.Length > 0);
            var random = new Random(parts);
            int[] numbers = [.. Enumerable.Range(0, parts * results).Select(_ => random.Next(-99, 100))];
            byte[] memory = [.. type == DType.F32 ? MemoryMarshal.AsBytes<float>([.. numbers.Select(x => (float)x)]) : MemoryMarshal.AsBytes<int>(numbers)], sum = new byte[results * sizeof(int)];
            Execution.Run(code, memory, sum);
            int[] actual = type == DType.F32 ? [.. MemoryMarshal.Cast<byte, float>(sum).ToArray().Select(x => (int)x)] : MemoryMarshal.Cast<byte, int>(sum).ToArray();
            Assert.Equal(Enumerable.Range(0, results).Select(r => Enumerable.Range(0, parts).Sum(p => numbers[(p * results) + r])), actual);
        }
    }

    [Fact]
    public void Where_results_are_few_many_threads_add_and_else_one()
    {
        int Groups(int parts, int results)
        {
            var k = new KernelBuilder("sums");
            var sums = k.Argument(DType.F32);
            return PartSums.Code(k, sums, parts, results, (at, sum) => k.Put(sums, at, sum), new Geometry(256, 132)).Groups;
        }
        Assert.Equal(25, Groups(264, 800));
        Assert.Equal(1, Groups(1056, 1));
        Assert.Equal(4096, Groups(264, 1 << 20));
    }
}
