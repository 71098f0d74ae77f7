using System.Buffers.Binary;
using System.IO.Compression;
using Functional.Interpreter;
using LanguageExt;
using LanguageExt.Common;

namespace Functional.Nn.Data;

/// <summary>The IDX format of MNIST and Fashion-MNIST (Y. LeCun, "The MNIST database"), plain or gzipped.</summary>
public static class Idx
{
    private const int Largest = 1 << 30;

    /// <summary>The images and labels of a folder: <c>train-images-idx3-ubyte</c> and its fellows, with <c>.gz</c> or without.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="train">Whether the training set, or the test set (<c>t10k-…</c>).</param>
    /// <returns>The dataset, or which file is missing or wrong, and what was expected.</returns>
    public static Fin<Dataset> Load(string folder, bool train)
    {
        var stem = train ? "train" : "t10k";
        return from imageFile in Find(folder, $"{stem}-images-idx3-ubyte")
               from labelFile in Find(folder, $"{stem}-labels-idx1-ubyte")
               from images in Read(imageFile, 3)
               from labels in Read(labelFile, 1)
               from data in Join(imageFile, images, labelFile, labels)
               select data;
    }

    private static Fin<Dataset> Join(string imageFile, (int[] Dims, byte[] Values) images, string labelFile, (int[] Dims, byte[] Values) labels)
    {
        if (images.Dims[0] != labels.Dims[0]) return Error.New($"{imageFile} has {images.Dims[0]} images, but {labelFile} has {labels.Dims[0]} labels: they must be as many");
        var worst = labels.Values.DefaultIfEmpty().Max();
        if (worst > 9) return Error.New($"{labelFile} has the label {worst}: expected 0 to 9");
        return new Dataset(
            Tensor.Of<float>([images.Dims[0], 1, images.Dims[1], images.Dims[2]], [.. images.Values.Select(v => v / 255f)]),
            Tensor.Of<int>([.. labels.Values.Select(v => (int)v)]), 10);
    }

    private static Fin<string> Find(string folder, string name)
    {
        string[] candidates = [Path.Combine(folder, name), Path.Combine(folder, name + ".gz")];
        return candidates.FirstOrDefault(File.Exists) is { } found ? Fin<string>.Succ(found) : Error.New($"neither {candidates[0]} nor {Path.GetFileName(candidates[1])} exists: expected an IDX file there");
    }

    /// <summary>The dimensions and bytes of one file.</summary>
    /// <param name="file">The file; gzipped where its name ends in <c>.gz</c>.</param>
    /// <param name="rank">How many dimensions it must have.</param>
    public static Fin<(int[] Dims, byte[] Values)> Read(string file, int rank)
    {
        try
        {
            using var raw = File.OpenRead(file);
            using var stream = file.EndsWith(".gz", StringComparison.Ordinal) ? (Stream)new GZipStream(raw, CompressionMode.Decompress) : raw;
            var header = new byte[4 + 4 * rank];
            if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
                return Error.New($"{file} ends within its header: expected {header.Length} bytes");
            var magic = BinaryPrimitives.ReadInt32BigEndian(header);
            if (magic != 0x0800 + rank) return Error.New($"{file} begins with 0x{magic:x8}: expected 0x{0x0800 + rank:x8}, an IDX file of bytes with {rank} dimension(s)");
            var dims = Enumerable.Range(1, rank).Select(i => BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 * i))).ToArray();
            var size = dims.Aggregate(1L, (product, d) => d < 0 || product > Largest ? Largest + 1L : product * d);
            if (size > Largest) return Error.New($"{file} claims dimensions {string.Join("×", dims)}: expected at most {Largest:N0} bytes");
            var values = AtMost(stream, size);
            if (values.Length < size) return Error.New($"{file} ends after {values.Length:N0} of the {size:N0} bytes that its dimensions {string.Join("×", dims)} ask for");
            return stream.ReadByte() >= 0 ? Error.New($"{file} goes on after the {size:N0} bytes that its dimensions {string.Join("×", dims)} ask for") : (dims, values);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return Error.New($"{file} cannot be read: {e.Message}");
        }
    }
    /// <summary>So many bytes, or as many as there are: what a header claims is not believed before it is seen.</summary>
    private static byte[] AtMost(Stream stream, long size)
    {
        var (piece, all) = (new byte[1 << 16], new MemoryStream());
        while (stream.Read(piece, 0, (int)Math.Min(piece.Length, size - all.Length)) is > 0 and var got) all.Write(piece, 0, got);
        return all.ToArray();
    }
}
