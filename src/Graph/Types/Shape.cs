using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Functional;

/// <summary>The dimensions of a tensor, outermost first: <c>Shape s = [64, 1, 28, 28]</c>. A scalar's is <c>[]</c>; a dimension may be 0.</summary>
[CollectionBuilder(typeof(Shape), nameof(Of))]
public readonly struct Shape : IReadOnlyList<int>, IEquatable<Shape>
{
    private readonly ValueArray<int> dims;

    private Shape(ImmutableArray<int> dims) => this.dims = dims;

    /// <summary>The shape of a single number.</summary>
    public static Shape Scalar => default;

    /// <summary>A shape of the given dimensions.</summary>
    public static Shape Of(ReadOnlySpan<int> dims) => Of([.. dims], 0);

    /// <summary>A shape of the given dimensions.</summary>
    public static Shape Of(IEnumerable<int> dims) => Of([.. dims], 0);

    private static Shape Of(ImmutableArray<int> dims, int _)
    {
        foreach (var d in dims)
            if (d < 0) throw new ShapeError("shape", $"[{string.Join(", ", dims)}] has the negative dimension {d}");
        return new(dims);
    }

    /// <summary>The number of dimensions.</summary>
    public int Rank => dims.Count;

    /// <summary>The number of elements: the product of the dimensions.</summary>
    public long Size
    {
        get
        {
            var size = 1L;
            foreach (var d in dims.Span) size = checked(size * d);
            return size;
        }
    }

    /// <summary>The dimensions as a span.</summary>
    public ReadOnlySpan<int> Span => dims.Span;

    int IReadOnlyCollection<int>.Count => Rank;

    /// <summary>The extent of one axis; <c>^1</c> is the last.</summary>
    public int this[int axis] => dims[axis];

    /// <summary>The extent of one axis, counted from the end where written so.</summary>
    public int this[Index axis] => dims[axis.GetOffset(Rank)];

    /// <summary>Some consecutive dimensions.</summary>
    public Shape this[Range range] => new(dims.Items[range]);

    /// <summary>Row-major strides, in elements.</summary>
    public ImmutableArray<long> Strides
    {
        get
        {
            var strides = new long[Rank];
            for (var (axis, stride) = (Rank - 1, 1L); axis >= 0; stride *= dims[axis--]) strides[axis] = stride;
            return ImmutableCollectionsMarshal.AsImmutableArray(strides);
        }
    }

    /// <summary>This shape followed by another.</summary>
    public Shape Concat(Shape other) => other.Rank == 0 ? this : Rank == 0 ? other : new([.. dims, .. other.dims]);

    /// <summary>This shape without the named axes.</summary>
    public Shape Without(Axes axes)
    {
        var kept = new int[Rank - axes.Count];
        for (var (i, at) = (0, 0); i < Rank; i++)
            if (!axes.Contains(i)) kept[at++] = dims[i];
        return new(ImmutableCollectionsMarshal.AsImmutableArray(kept));
    }

    /// <summary>This shape with one axis set to another extent.</summary>
    public Shape With(int axis, int extent) => new(dims.Items.SetItem(axis, extent));

    /// <summary>This shape with an axis of the given extent put in before <paramref name="axis"/>.</summary>
    public Shape Insert(int axis, int extent) => new(dims.Items.Insert(axis, extent));

    /// <summary>The dimensions picked by <paramref name="axes"/>, in their order.</summary>
    public Shape Pick(Axes axes)
    {
        if (axes.Count == 0) return Scalar;
        var picked = new int[axes.Count];
        for (var i = 0; i < picked.Length; i++) picked[i] = dims[axes[i]];
        return new(ImmutableCollectionsMarshal.AsImmutableArray(picked));
    }

    /// <inheritdoc/>
    public bool Equals(Shape other) => dims == other.dims;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => dims.GetHashCode();

    /// <summary>Equality of all dimensions.</summary>
    public static bool operator ==(Shape a, Shape b) => a.Equals(b);

    /// <summary>Inequality of some dimension.</summary>
    public static bool operator !=(Shape a, Shape b) => !a.Equals(b);

    /// <summary>The dimensions' enumerator.</summary>
    public ImmutableArray<int>.Enumerator GetEnumerator() => dims.GetEnumerator();

    IEnumerator<int> IEnumerable<int>.GetEnumerator() => ((IEnumerable<int>)dims).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)dims).GetEnumerator();

    /// <summary>The dimensions as text, <c>[64, 1, 28, 28]</c>.</summary>
    public override string ToString() => $"[{string.Join(",", dims)}]";
}
