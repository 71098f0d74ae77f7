using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>What is done with an element of a product.</summary>
/// <param name="part">Of which part of the depth it is the sum.</param>
/// <param name="batch">Of which of several products.</param>
/// <param name="row">Its row.</param>
/// <param name="column">Its column.</param>
/// <param name="sum">The element.</param>
internal delegate void Finish(Value part, Value batch, Value row, Value column, Value sum);

/// <summary>How large products are.</summary>
/// <param name="Batch">How many.</param>
/// <param name="Rows">The rows of each.</param>
/// <param name="Columns">The columns of each.</param>
/// <param name="Depth">Over how many an element sums.</param>
internal readonly record struct ProductSize(int Batch, int Rows, int Columns, int Depth);

/// <summary>
/// A product of matrices by tiles. Each group computes a tile of the result, of the whole depth or a part of it; it goes along the depth, a piece
/// of which all its threads put into shared memory while they multiply the piece before, whose rows and columns each reads into registers. An
/// element's sum is along the depth, in order, whatever the tile.
/// </summary>
internal sealed class TiledProduct
{
    private const int Widest = 4;

    private readonly KernelBuilder k;
    private readonly Division division;
    private readonly Tile tile;
    private readonly ProductSize size;
    private readonly Panel left;
    private readonly Panel right;
    private readonly DType type;

    private TiledProduct(KernelBuilder k, DType type, Division division, ProductSize size, IMatrix a, IMatrix b)
    {
        (this.k, this.type, this.division, tile, this.size) = (k, type, division, division.Tile, size);
        left = new(k, type, a, tile.Rows, size.Rows, tile, size.Depth);
        right = new(k, type, b, tile.Columns, size.Columns, tile, size.Depth);
    }

    /// <summary>The kernel of some products of a[row, depth] and b[column, depth].</summary>
    public static KernelCode Code(KernelBuilder k, DType type, Division division, ProductSize size, IMatrix a, IMatrix b, Finish finish) =>
        new TiledProduct(k, type, division, size, a, b).Code(finish);

    private KernelCode Code(Finish finish)
    {
        var (down, across) = ((size.Rows + tile.Rows - 1) / tile.Rows, (size.Columns + tile.Columns - 1) / tile.Columns);
        var group = Coordinates.Of(KernelBuilder.Group, Shape.Of([division.Parts, size.Batch, down, across]));
        var (part, batch, firstRow, firstColumn) = (k.Let(group[0]), k.Let(group[1]), k.Let(group[2] * tile.Rows), k.Let(group[3] * tile.Columns));
        var (y, x) = (k.Let(KernelBuilder.Thread / tile.Across), k.Let(KernelBuilder.Thread % tile.Across));
        var (from, until) = (k.Let(part * division.Depth), (Value)size.Depth);
        if (division.Parts > 1)
        {
            var end = k.Let(from + division.Depth);
            until = k.Let(Value.Select(end < size.Depth, end, size.Depth));
        }
        left.Begin(batch, firstRow);
        right.Begin(batch, firstColumn);
        var sums = new Local[tile.ThreadRows, tile.ThreadColumns];
        for (var i = 0; i < tile.ThreadRows; i++)
            for (var j = 0; j < tile.ThreadColumns; j++) sums[i, j] = k.Let(new Number(type, 0));
        left.Fetch(from);
        right.Fetch(from);
        k.For(from, until, tile.Depth, at =>
        {
            left.Share();
            right.Share();
            k.Meet();
            var next = k.Let(at + tile.Depth);
            k.If(next < until, () =>
            {
                left.Fetch(next);
                right.Fetch(next);
            });
            for (var d = 0; d < tile.Depth; d++) Multiply(d, y, x, sums);
            k.Meet();
        });
        for (var i = 0; i < tile.ThreadRows; i++)
        {
            var row = k.Let(firstRow + Within(y, i, tile.ThreadRows, tile.Rows));
            for (var j = 0; j < tile.ThreadColumns; j++)
            {
                var (column, sum) = (k.Let(firstColumn + Within(x, j, tile.ThreadColumns, tile.Columns)), sums[i, j]);
                k.Where(Inside(row, size.Rows, tile.Rows) & Inside(column, size.Columns, tile.Columns), () => finish(part, batch, row, column, sum));
            }
        }
        return k.Build(checked(division.Parts * size.Batch * down * across), tile.Threads);
    }

    /// <summary>Whether a line is one of so many, where tiles may go beyond them.</summary>
    private static Value Inside(Value line, int lines, int ofTile) => lines % ofTile == 0 ? Value.True : line < lines;

    private void Multiply(int d, Value y, Value x, Local[,] sums)
    {
        var (rows, columns) = (left.Read(d, y, tile.ThreadRows), right.Read(d, x, tile.ThreadColumns));
        for (var i = 0; i < rows.Length; i++)
            for (var j = 0; j < columns.Length; j++)
                k.Set(sums[i, j], type.IsFloat ? Value.Fma(rows[i], columns[j], sums[i, j]) : (rows[i] * columns[j]) + sums[i, j]);
    }

    private static int Chunk(int ofThread) => ofThread % Widest == 0 ? Widest : ofThread % 2 == 0 ? 2 : 1;

    /// <summary>Which line of the tile a thread's i-th is: they lie in pieces as wide as a read, so that threads beside each other read side by side.</summary>
    private static Value Within(Value thread, int i, int ofThread, int ofTile)
    {
        var chunk = Chunk(ofThread);
        return (thread * chunk) + ((i / chunk * (ofTile / (ofThread / chunk))) + (i % chunk));
    }

    /// <summary>A tile of an operand, in shared memory: for each step along the depth all lines.</summary>
    private sealed class Panel(KernelBuilder k, DType type, IMatrix matrix, int lines, int allLines, Tile tile, int depth)
    {
        private readonly SharedArray shared = k.Shared(type, tile.Depth * (lines + Widest));
        private readonly List<Piece> pieces = [];

        /// <summary>An element that a thread brings of every piece of the depth.</summary>
        /// <param name="Line">What is known of the places of its line's elements.</param>
        /// <param name="At">The line, of the tile's.</param>
        /// <param name="Along">The step along the depth.</param>
        /// <param name="Held">The element.</param>
        /// <param name="IsMine">Whether the thread brings it: there may be more threads than elements.</param>
        /// <param name="IsInside">Whether the line is one of the matrix.</param>
        private sealed record Piece(Value[] Line, Value At, Value Along, Local Held, Value IsMine, Value IsInside);

        private int Width => lines + Widest;

        private int Elements => lines * tile.Depth;

        /// <summary>Divides the elements among threads: neighbours in memory to neighbouring threads.</summary>
        public void Begin(Value batch, Value firstLine)
        {
            var isOneLine = !matrix.IsAlongDepth && tile.Threads % lines == 0;
            for (var f = 0; f < Elements; f += tile.Threads)
            {
                var element = k.Let(KernelBuilder.Thread + f);
                var isMine = f + tile.Threads <= Elements ? Value.True : k.Let(element < Elements);
                var (along, at) = matrix.IsAlongDepth ? (k.Let(element % tile.Depth), k.Let(element / tile.Depth)) : (k.Let(element / lines), k.Let(element % lines));
                if (isOneLine && pieces is [var first, ..])
                {
                    pieces.Add(first with { Along = along, Held = k.Let(new Number(type, 0)), IsMine = isMine });
                    continue;
                }
                var number = k.Let(firstLine + at);
                var inside = k.Let(Inside(number, allLines, lines) & isMine);
                pieces.Add(new(matrix.Line(k, batch, k.Let(Value.Select(inside, number, 0))), at, along, k.Let(new Number(type, 0)), isMine, allLines % lines == 0 && isMine is Number ? isMine : inside));
            }
        }

        /// <summary>Reads a piece of the depth into registers, 0 beyond the matrix.</summary>
        public void Fetch(Value from)
        {
            foreach (var p in pieces)
            {
                var along = k.Let(from + p.Along);
                var inside = p.IsInside & p.IsMine & Inside(along, depth, tile.Depth);
                if (inside is not Number) k.Set(p.Held, new Number(type, 0));
                k.Where(inside, () => k.Set(p.Held, matrix.At(k, p.Line, along)));
            }
        }

        /// <summary>Puts what was read where all threads see it.</summary>
        public void Share()
        {
            foreach (var p in pieces) k.Where(p.IsMine, () => k.Put(shared, (p.Along * Width) + p.At, p.Held));
        }

        /// <summary>A thread's lines at a step of the depth.</summary>
        public Local[] Read(int d, Value thread, int count)
        {
            var (chunk, read) = (Chunk(count), new List<Local>());
            for (var i = 0; i < count; i += chunk) read.AddRange(k.Read(shared, Within(thread, i, count, lines) + (d * Width), chunk));
            return [.. read];
        }
    }
}
