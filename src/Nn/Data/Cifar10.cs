using System.Collections.Immutable;
using Functional.Interpreter;
using LanguageExt;
using LanguageExt.Common;

namespace Functional.Nn.Data;

/// <summary>
/// CIFAR-10 in its binary version (A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009): records of a label byte and
/// 3 × 32 × 32 colour bytes, red, green, blue.
/// </summary>
public static class Cifar10
{
    private const int Pixels = 3 * 32 * 32;

    /// <summary>The names of the classes, by label.</summary>
    public static ValueArray<string> Classes => ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>The training set (<c>data_batch_1.bin</c> to <c>5</c>) or the test set (<c>test_batch.bin</c>) of a folder.</summary>
    /// <returns>The dataset, or which file is missing or wrong, and what was expected.</returns>
    public static Fin<Dataset> Load(string folder, bool train)
    {
        string[] files = train ? [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")] : ["test_batch.bin"];
        return files
            .Select(file => Read(Path.Combine(folder, file)))
            .Aggregate(Fin<ImmutableArray<byte[]>>.Succ([]), (all, next) => from records in all from more in next select records.Add(more))
            .Map(Join);
    }

    /// <summary>The records of one file.</summary>
    public static Fin<byte[]> Read(string file)
    {
        try
        {
            if (!File.Exists(file)) return Error.New($"{file} does not exist: expected CIFAR-10's binary version there");
            var bytes = File.ReadAllBytes(file);
            if (bytes.Length == 0 || bytes.Length % (Pixels + 1) != 0)
                return Error.New($"{file} has {bytes.Length:N0} bytes: expected a whole number of records of {Pixels + 1:N0}");
            for (var i = 0; i < bytes.Length; i += Pixels + 1)
                if (bytes[i] > 9) return Error.New($"{file} has the label {bytes[i]} in record {i / (Pixels + 1)}: expected 0 to 9");
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Error.New($"{file} cannot be read: {e.Message}");
        }
    }

    private static Dataset Join(ImmutableArray<byte[]> files)
    {
        var count = files.Sum(f => f.Length) / (Pixels + 1);
        var (images, labels, at) = (new float[count * Pixels], new int[count], 0);
        foreach (var file in files)
            for (var start = 0; start < file.Length; start += Pixels + 1, at++)
            {
                labels[at] = file[start];
                for (var p = 0; p < Pixels; p++) images[at * Pixels + p] = file[start + 1 + p] / 255f;
            }
        return new(Tensor.Of<float>([count, 3, 32, 32], images), Tensor.Of<int>(labels), 10);
    }
}
