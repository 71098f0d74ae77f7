namespace Functional.Interpreter;

/// <summary>The indices of a shape, and where they lie in row-major order.</summary>
public static class Indices
{
    /// <summary>Every index in row-major order. The array is reused from one to the next.</summary>
    public static IEnumerable<int[]> Of(Shape shape)
    {
        var index = new int[shape.Rank];
        if (shape.Size == 0) yield break;
        while (true)
        {
            yield return index;
            var axis = shape.Rank - 1;
            while (axis >= 0 && ++index[axis] == shape[axis]) index[axis--] = 0;
            if (axis < 0) yield break;
        }
    }

    /// <summary>The row-major position of an index.</summary>
    public static int Flat(this Shape shape, ReadOnlySpan<int> index)
    {
        var flat = 0;
        for (var axis = 0; axis < index.Length; axis++) flat = checked(flat * shape[axis] + index[axis]);
        return flat;
    }
}
