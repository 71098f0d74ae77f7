using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Products of few lines over a long depth, along which both operands lie side by side, for processors: vectors go along the depth, each lane adds every
/// so many elements, and lanes are added in the end. Which products are computed so, and how many lanes there are, depends on no device: their bits do not.
/// </summary>
/// <param name="Rows">The rows of the left operand that a thread reads.</param>
/// <param name="Columns">The columns of the right one.</param>
/// <param name="Lanes">The lanes.</param>
internal readonly record struct InnerProduct(int Rows, int Columns, int Lanes)
{
    private const int MostSums = 192, MostLines = 12, MostLanes = 16;
    private const double LeastSums = 8, PerCopied = 2.5;

    /// <summary>How some products are computed along the depth; null where lines are so many that to copy operands for blocks takes little beside multiplying them.</summary>
    public static InnerProduct? Of(ProductSize size, DType type, StridedOperand left, StridedOperand right, Geometry geometry)
    {
        var along = new DepthLoops(left, right).Innermost;
        double Steps(int lanes) => (along.Extent / lanes) + (along.Extent % lanes);
        var lanes = new[] { MostLanes, 8, 4 }.MinBy(Steps);
        var each = size.Rows * (double)size.Columns * Steps(lanes) / along.Extent;
        if (along is not (_, 1, 1) || along.Extent < lanes || each > PerCopied * ((double)size.Rows + size.Columns)) return null;
        var vectors = Block.Count(lanes * type.Size, geometry.VectorBytes);
        return (from rows in Enumerable.Range(1, MostLines)
                from columns in Enumerable.Range(1, MostLines)
                where rows * columns * lanes <= MostSums && ((rows * columns) + columns + 1) * vectors <= geometry.VectorRegisters
                let blocks = (double)Block.Count(size.Rows, rows) * Block.Count(size.Columns, columns)
                orderby Math.Ceiling(blocks * size.Batch / geometry.Processors) * Math.Max(LeastSums, ((rows * columns) + rows + columns) * vectors)
                select (InnerProduct?)new InnerProduct(rows, columns, lanes)).FirstOrDefault();
    }

    /// <summary>The kernel of some products, given where their elements lie and what is done with one of the result's.</summary>
    public KernelCode Code(KernelBuilder k, DType type, ProductSize size, Memory left, StridedOperand x, Memory right, StridedOperand y, ResultPlace place, Action<Value, Value> finish)
    {
        var (columns, lanes, down, across) = (Columns, Lanes, Block.Count(size.Rows, Rows), Block.Count(size.Columns, Columns));
        var group = Coordinates.Of(KernelBuilder.Group, Shape.Of([size.Batch, down, across]));
        var (batch, firstRow, firstColumn) = (k.Let(group[0]), k.Let(group[1] * Rows), k.Let(group[2] * Columns));
        Local[] row = [.. Enumerable.Range(0, Rows).Select(i => k.Let(x.Line(batch, Coordinates.Least(firstRow + i, size.Rows - 1))))];
        Local[] column = [.. Enumerable.Range(0, Columns).Select(j => k.Let(y.Line(batch, Coordinates.Least(firstColumn + j, size.Columns - 1))))];
        Local[] sums = [.. Enumerable.Range(0, Rows * Columns * Lanes).Select(_ => k.Let(new Number(type, 0)))];
        Local[] rest = [.. Enumerable.Range(0, Rows * Columns).Select(_ => k.Let(new Number(type, 0)))];
        void Add(Local sum, Value a, Value b) => k.Set(sum, type.IsFloat ? Value.Fma(a, b, sum) : (a * b) + sum);

        new DepthLoops(x, y).Each(k, Lanes, (alongX, alongY) =>
        {
            var factors = column.Select(c => k.ReadRun(right, c + alongY, lanes)).ToArray();
            foreach (var (r, i) in row.Select((r, i) => (r, i)))
            {
                var vector = k.ReadRun(left, r + alongX, lanes);
                for (var j = 0; j < columns; j++)
                    for (var lane = 0; lane < lanes; lane++) Add(sums[(((i * columns) + j) * lanes) + lane], vector[lane], factors[j][lane]);
            }
        }, (alongX, alongY) =>
        {
            for (var at = 0; at < rest.Length; at++) Add(rest[at], left[row[at / columns] + alongX], right[column[at % columns] + alongY]);
        });

        var (parts, rests) = (k.Shared(type, sums.Length), k.Shared(type, rest.Length));
        for (var at = 0; at < sums.Length; at++) k.Put(parts, at, sums[at]);
        for (var at = 0; at < rest.Length; at++) k.Put(rests, at, rest[at]);
        k.For(k.Let(Coordinates.Least(Rows, size.Rows - firstRow)), i => k.For(k.Let(Coordinates.Least(columns, size.Columns - firstColumn)), j =>
        {
            var at = k.Let((i * columns) + j);
            var whole = k.Let(rests[at]);
            k.For(lanes, lane => k.Set(whole, whole + parts[(at * lanes) + lane]));
            finish(k.Let(place.At(batch, firstRow + i, firstColumn + j)), whole);
        }));
        return k.Build(checked(size.Batch * down * across), 1);
    }
}
