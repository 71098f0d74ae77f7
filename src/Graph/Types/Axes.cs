using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Functional;

/// <summary>An ordered list of axis numbers, 0 the outermost: <c>Axes rows = [0]</c>.</summary>
[CollectionBuilder(typeof(Axes), nameof(Of))]
public readonly struct Axes : IReadOnlyList<int>, IEquatable<Axes>
{
    private const int Few = 8;

    /// <summary>The runs of a few axes, by the first and the one after the last: most axes that there are, and so kept once.</summary>
    private static readonly ImmutableArray<int>[][] runs =
        [.. Enumerable.Range(0, Few + 1).Select(from => Enumerable.Range(0, Few + 1).Select(to => ImmutableArray.CreateRange(Enumerable.Range(from, Math.Max(0, to - from)))).ToArray())];

    private readonly ValueArray<int> axes;

    private Axes(ImmutableArray<int> axes) => this.axes = axes;

    /// <summary>The given axes, in this order.</summary>
    public static Axes Of(ReadOnlySpan<int> axes)
    {
        if (axes.Length == 0) return default;
        var from = axes[0];
        if (from < 0 || from + axes.Length > Few) return new([.. axes]);
        for (var i = 1; i < axes.Length; i++)
            if (axes[i] != from + i) return new([.. axes]);
        return new(runs[from][from + axes.Length]);
    }

    /// <summary>The given axes, in this order.</summary>
    public static Axes Of(IEnumerable<int> axes) => new([.. axes]);

    /// <summary>Axes <paramref name="from"/> up to but not including <paramref name="to"/>.</summary>
    public static Axes Range(int from, int to)
    {
        if (from >= 0 && from <= Few && to >= 0 && to <= Few) return new(runs[from][to]);
        var range = new int[Math.Max(0, to - from)];
        for (var i = 0; i < range.Length; i++) range[i] = from + i;
        return new(ImmutableCollectionsMarshal.AsImmutableArray(range));
    }

    /// <summary>A single axis.</summary>
    public static implicit operator Axes(int axis) => Of([axis]);

    /// <inheritdoc/>
    public int Count => axes.Count;

    /// <inheritdoc/>
    public int this[int index] => axes[index];

    /// <summary>The axes as a span.</summary>
    public ReadOnlySpan<int> Span => axes.Span;

    /// <summary>Whether <paramref name="axis"/> is among them.</summary>
    public bool Contains(int axis) => Span.Contains(axis);

    /// <summary>Where <paramref name="axis"/> stands, or −1.</summary>
    public int IndexOf(int axis) => Span.IndexOf(axis);

    /// <summary>The axes of a tensor of the given rank that are not among these, in ascending order.</summary>
    public Axes Rest(int rank)
    {
        var rest = rank <= Few ? stackalloc int[Few] : new int[rank];
        var count = 0;
        for (var axis = 0; axis < rank; axis++)
            if (!Contains(axis)) rest[count++] = axis;
        return Of(rest[..count]);
    }

    /// <summary>For a permutation p, the permutation that undoes it.</summary>
    public Axes Inverse()
    {
        var inverse = Count <= Few ? stackalloc int[Count] : new int[Count];
        for (var i = 0; i < Count; i++) inverse[axes[i]] = i;
        return Of(inverse);
    }

    /// <summary>These axes, then those.</summary>
    public Axes Concat(Axes other) => other.Count == 0 ? this : Count == 0 ? other : Of([.. axes, .. other.axes]);

    /// <summary>Each axis mapped.</summary>
    public Axes Map(Func<int, int> f)
    {
        var mapped = Count <= Few ? stackalloc int[Count] : new int[Count];
        for (var i = 0; i < mapped.Length; i++) mapped[i] = f(axes[i]);
        return Of(mapped);
    }

    /// <summary>0, then each axis one further in: the same axes behind a new first one.</summary>
    internal Axes Behind()
    {
        var behind = Count < Few ? stackalloc int[Count + 1] : new int[Count + 1];
        behind[0] = 0;
        for (var i = 0; i < Count; i++) behind[i + 1] = axes[i] + 1;
        return Of(behind);
    }

    /// <summary>The same axes, ascending.</summary>
    public Axes Sorted() => Ascend() ? this : new(axes.Items.Sort());

    private bool Ascend()
    {
        for (var i = 1; i < Count; i++)
            if (axes[i] < axes[i - 1]) return false;
        return true;
    }

    /// <summary>
    /// The axes with negative ones counted from the end of a tensor of the given rank.
    /// </summary>
    /// <exception cref="ShapeError">An axis is out of range or named twice.</exception>
    public Axes Resolve(int rank, string operation)
    {
        var resolved = Span.IndexOfAnyExceptInRange(0, int.MaxValue) < 0 ? this : Map(a => a < 0 ? a + rank : a);
        for (var i = 0; i < Count; i++)
        {
            if (resolved[i] < 0 || resolved[i] >= rank)
                throw new ShapeError(operation, $"axis {axes[i]} is out of range for a tensor of rank {rank}: use {(rank == 0 ? "no axis" : $"{-rank} to {rank - 1}")}");
            if (resolved.IndexOf(resolved[i]) != i)
                throw new ShapeError(operation, $"axis {resolved[i]} is named twice in {this}");
        }
        return resolved;
    }

    /// <inheritdoc/>
    public bool Equals(Axes other) => axes == other.axes;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Axes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => axes.GetHashCode();

    /// <summary>The same axes in the same order.</summary>
    public static bool operator ==(Axes a, Axes b) => a.Equals(b);

    /// <summary>Other axes, or another order.</summary>
    public static bool operator !=(Axes a, Axes b) => !a.Equals(b);

    /// <summary>The axes' enumerator.</summary>
    public ImmutableArray<int>.Enumerator GetEnumerator() => axes.GetEnumerator();

    IEnumerator<int> IEnumerable<int>.GetEnumerator() => ((IEnumerable<int>)axes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)axes).GetEnumerator();

    /// <summary>The axes as text, <c>[0, 2]</c>.</summary>
    public override string ToString() => $"[{string.Join(",", axes)}]";
}
