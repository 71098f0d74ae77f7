using Functional.Interpreter;

namespace Functional.Nn;

/// <summary>Images [N, C, H, W], f32 from 0 to 1, and their labels [N], i32.</summary>
public sealed record Dataset(Tensor Images, Tensor Labels, int Classes)
{
    /// <summary>How many there are.</summary>
    public int Count => Images.Shape[0];

    /// <summary>The examples at the given places, in their order.</summary>
    public Batch Pick(ReadOnlySpan<int> places)
    {
        var size = checked((int)Images.Shape[1..].Size);
        var images = new float[places.Length * size];
        var labels = new int[places.Length];
        for (var i = 0; i < places.Length; i++)
        {
            Images.Span<float>().Slice(places[i] * size, size).CopyTo(images.AsSpan(i * size));
            labels[i] = Labels.Span<int>()[places[i]];
        }
        return new(Tensor.Of<float>(Shape.Of([places.Length]).Concat(Images.Shape[1..]), images), Tensor.Of<int>(labels));
    }

    /// <summary>All examples once, in batches; the last may be smaller. Shuffled by the key where one is given, the same for the same key; the first few may be skipped.</summary>
    public IEnumerable<Batch> Batches(int size, long? key = null, int skip = 0)
    {
        var places = Enumerable.Range(0, Count).ToArray();
        if (key is { } k)
            for (var i = Count - 1; i > 0; i--)
            {
                var j = (int)(Philox.Word((ulong)k, i) * (ulong)(i + 1) >> 32);
                (places[i], places[j]) = (places[j], places[i]);
            }
        for (var start = skip * size; start < Count; start += size) yield return Pick(places.AsSpan(start, Math.Min(size, Count - start)));
    }
}

/// <summary>Some examples of a dataset.</summary>
public sealed record Batch(Tensor Images, Tensor Labels)
{
    /// <summary>How many there are.</summary>
    public int Count => Images.Shape[0];
}
