using Functional;
using Functional.Interpreter;
using Functional.Nn;
using Xunit;

namespace PropertyTests.Data;

public sealed class SafetensorsTests
{
    private static readonly Params<Tensor> Sample = Params<Tensor>.Of([
        new("conv/weight", Tensor.Of<float>(Shape.Of([2, 3]), [1f, -0f, float.NaN, 4, 5, 6])),
        new("empty", Tensor.Of<double>(Shape.Of([0, 7]), [])),
        new("step", Tensor.Scalar(41L)),
        new("mask", Tensor.Of(true, false)),
        new("bytes", Tensor.Of<byte>(1, 2, 255)),
        new("ints", Tensor.Of(-1, 2)),
    ]);

    [Fact]
    public void Every_truncation_fails_and_every_bit_flip_fails_or_gives_the_header_s_tensors() => InFolder(folder =>
    {
        var path = Path.Combine(folder, "w.safetensors");
        Assert.True(Safetensors.Save(path, Sample).IsSucc);
        Assert.Equal([path], Directory.GetFiles(folder));
        Safetensors.Load(path).Match(
            loaded => Assert.Equal(Sample.AsEnumerable(), loaded.AsEnumerable()),
            error => Assert.Fail(error.Message));

        var bytes = File.ReadAllBytes(path);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.True(Safetensors.Load(path).IsFail, $"truncated to {length} bytes");
        }
        for (var at = 0; at < bytes.Length; at++)
            for (var bit = 0; bit < 8; bit++)
            {
                var flipped = bytes.ToArray();
                flipped[at] ^= (byte)(1 << bit);
                File.WriteAllBytes(path, flipped);
                Safetensors.Load(path).IfSucc(p => Assert.Equal(Sample.Values.Sum(t => t.Type.Bytes), p.Values.Sum(t => t.Type.Bytes)));
            }
    });

    private static void InFolder(Action<string> test)
    {
        var folder = Directory.CreateTempSubdirectory();
        try { test(folder.FullName); }
        finally { folder.Delete(recursive: true); }
    }
}
