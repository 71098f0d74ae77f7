using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>A group goes along the depth of a product piece by piece: of one, of several, and where the last is cut off.</summary>
public sealed class PieceTests
{
    [Theory]
    [InlineData(TensorCores.None, "f32")]
    [InlineData(TensorCores.TF32, "f32")]
    [InlineData(TensorCores.Halves, "bf16")]
    public void Threads_meet_once_for_each_piece(TensorCores cores, string name)
    {
        using var gpu = Gpu.Open(DeviceKind.Checked, new Geometry(256, 1, cores)).IfFail(e => throw e);
        var (type, random) = (DTypes.All.Single(t => t.Text == name), new Random(3));
        foreach (var depth in new[] { 1, 8, 9, 16, 17, 31, 32, 33, 64, 72, 100 })
        {
            var f = Function.Trace(p => [matmul(convert(p[0], DType.F32), convert(p[1], DType.F32))], ("x", new(type, [40, depth])), ("y", new(type, [depth, 24])));
            ImmutableArray<Tensor> inputs = [.. f.Parameters.Select(p => OpExamples.Small(p.Type, random))];
            Assert.Equal(new Reference().Compile(f).Run(inputs)[0], gpu.Compile(f).Run(inputs)[0]);
        }
        var products = gpu.KernelCodes.Where(c => c.Name == "dot").ToList();
        Assert.Contains(products, c => Loops(c).Any());
        Assert.All(products, c => Assert.All(Loops(c), loop => Assert.Single(loop.Body.All().OfType<Meeting>())));
        Assert.All(products, c => Assert.Single(c.Body.OfType<Meeting>()));
    }

    private static IEnumerable<CountedLoop> Loops(KernelCode code) => code.Body.All().OfType<CountedLoop>();
}
