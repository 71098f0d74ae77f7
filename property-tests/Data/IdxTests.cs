using System.IO.Compression;
using Functional.Nn.Data;
using Xunit;

namespace PropertyTests.Data;

public sealed class IdxTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("functional").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static byte[] Images(int count) => [0, 0, 8, 3, 0, 0, 0, (byte)count, 0, 0, 0, 2, 0, 0, 0, 3, .. Enumerable.Range(0, count * 6).Select(i => (byte)i)];

    private static byte[] Labels(params byte[] labels) => [0, 0, 8, 1, 0, 0, 0, (byte)labels.Length, .. labels];

    private void Write(string name, byte[] bytes)
    {
        if (!name.EndsWith(".gz", StringComparison.Ordinal))
        {
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
            return;
        }
        using var gzip = new GZipStream(File.Create(Path.Combine(folder, name)), CompressionLevel.Fastest);
        gzip.Write(bytes);
    }

    private string Loaded() => Idx.Load(folder, train: true).Match(d => $"{d.Images.Type} {string.Join(",", d.Labels.ToArray<int>())} {d.Images[1]:R}", e => e.Message);

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public void Files_plain_or_gzipped_become_a_dataset(string suffix)
    {
        Write($"train-images-idx3-ubyte{suffix}", Images(2));
        Write($"train-labels-idx1-ubyte{suffix}", Labels(7, 0));
        Assert.Equal($"f32[2,1,2,3] 7,0 {(double)(1 / 255f):R}", Loaded());
    }

    public static TheoryData<byte[], byte[], string> Wrong => new()
    {
        { Images(2)[..^1], Labels(1, 2), "train-images-idx3-ubyte ends after 11 of the 12 bytes" },
        { [.. Images(2), 0], Labels(1, 2), "train-images-idx3-ubyte goes on after the 12 bytes" },
        { Images(2)[..10], Labels(1, 2), "train-images-idx3-ubyte ends within its header: expected 16 bytes" },
        { [], Labels(1, 2), "train-images-idx3-ubyte ends within its header" },
        { Labels(1, 2, 3, 4, 5, 6, 7, 8, 9), Labels(1, 2), "train-images-idx3-ubyte begins with 0x00000801: expected 0x00000803" },
        { Images(2), Labels(1, 2, 3), "has 2 images, but" },
        { Images(2), Labels(1, 10), "has the label 10: expected 0 to 9" },
        { [0, 0, 8, 3, 127, 0, 0, 0, 127, 0, 0, 0, 127, 0, 0, 0], Labels(1), "claims dimensions 2130706432×2130706432×2130706432" },
        { [0, 0, 8, 3, 255, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], Labels(1), "claims dimensions -16777216×1×1" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_file_is_named_with_what_was_expected(byte[] images, byte[] labels, string expected)
    {
        Write("train-images-idx3-ubyte", images);
        Write("train-labels-idx1-ubyte", labels);
        Assert.Contains(expected, Loaded());
    }

    [Fact]
    public void A_missing_file_is_named() => Assert.Contains("train-images-idx3-ubyte.gz exists", Loaded());

    [Fact]
    public void What_only_looks_gzipped_is_refused()
    {
        File.WriteAllBytes(Path.Combine(folder, "train-images-idx3-ubyte.gz"), Images(1));
        Write("train-labels-idx1-ubyte", Labels(1));
        Assert.Contains("cannot be read", Loaded());
    }

    [Fact]
    public void A_claim_of_a_gigabyte_is_refused_without_allocating_it()
    {
        Write("train-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 1, 2, 3]);
        Write("train-labels-idx1-ubyte", Labels(1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("ends after 3 of the 1,073,741,824 bytes that its dimensions 1024×1024×1024 ask for", Loaded());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void Cifar10_files_are_checked_before_any_is_used()
    {
        byte[] Record(byte label) => [label, .. Enumerable.Repeat((byte)255, 1024), .. new byte[2048]];
        string Read() => Cifar10.Load(folder, train: false).Match(d => $"{d.Images.Type} {d.Labels[0]} {d.Images[0]} {d.Images[1024]}", e => e.Message);
        Assert.Contains("test_batch.bin does not exist", Read());
        Write("test_batch.bin", [.. Record(3), .. Record(9)]);
        Assert.Equal("f32[2,3,32,32] 3 1 0", Read());
        Write("test_batch.bin", Record(3)[..^1]);
        Assert.Contains("has 3,072 bytes: expected a whole number of records of 3,073", Read());
        Write("test_batch.bin", [.. Record(3), .. Record(10)]);
        Assert.Contains("has the label 10 in record 1", Read());
    }
}
