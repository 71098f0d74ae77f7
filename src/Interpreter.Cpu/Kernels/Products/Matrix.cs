namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>A matrix as it lies: where each row and each column begins, in elements; and the strides, where they are the same throughout.</summary>
internal sealed class Matrix
{
    public Matrix(long[] rows, long[] columns) => (Rows, Columns, RowStride, ColumnStride) = (rows, columns, StrideOf(rows), StrideOf(columns));

    public long[] Rows { get; }

    public long[] Columns { get; }

    /// <summary>From each row to the next; null where that differs.</summary>
    public long? RowStride { get; }

    /// <summary>From each column to the next; null where that differs.</summary>
    public long? ColumnStride { get; }

    /// <summary>How many columns, of so many, lie beside each other from one on.</summary>
    public int Adjacent(int column, int most)
    {
        if (ColumnStride == 1) return most;
        var count = 1;
        while (count < most && Columns[column + count] == Columns[column] + count) count++;
        return count;
    }

    private static long? StrideOf(long[] offsets)
    {
        if (offsets.Length < 2) return 1;
        var stride = offsets[1] - offsets[0];
        for (var i = 2; i < offsets.Length; i++)
            if (offsets[i] - offsets[i - 1] != stride) return null;
        return stride;
    }
}
