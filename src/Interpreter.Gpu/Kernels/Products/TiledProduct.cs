using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>What is done with neighbouring elements of a product.</summary>
/// <param name="part">Of which part of the depth they are the sums.</param>
/// <param name="batch">Of which of several products.</param>
/// <param name="row">The row of the first.</param>
/// <param name="column">Its column.</param>
/// <param name="sums">The elements.</param>
internal delegate void Finish(Value part, Value batch, Value row, Value column, ImmutableArray<Value> sums);

/// <summary>Which elements of a product are taken together when it is finished: so many that are neighbours, each of which begins at a multiple of their number.</summary>
/// <param name="Count">How many, of which all are inside if the first is: a power of two, and no more than a thread has. See <see cref="Multiplication.OfThread"/>.</param>
/// <param name="AreOfColumn">Whether they are neighbours in a column, rather than a row.</param>
internal readonly record struct Neighbours(int Count, bool AreOfColumn)
{
    public static readonly Neighbours None = new(1, false);
}

/// <summary>How large products are.</summary>
/// <param name="Batch">How many.</param>
/// <param name="Rows">The rows of each.</param>
/// <param name="Columns">The columns of each.</param>
/// <param name="Depth">Over how many an element sums.</param>
internal readonly record struct ProductSize(int Batch, int Rows, int Columns, int Depth);

/// <summary>
/// A product of matrices by tiles. Each group computes a tile of the result, of the whole depth or a part of it; it goes along the depth, a piece
/// of which all its threads fetch while they multiply the piece before, and put into shared memory beside it, so that they meet once for each piece.
/// An element's sum is along the depth, in order, whatever the tile.
/// </summary>
internal sealed class TiledProduct
{
    /// <summary>Of so many groups one multiplies on tensor cores while another waits. Where elements are read one by one, there are no registers for it.</summary>
    private const int Overlapping = 2;

    private readonly KernelBuilder k;
    private readonly Division division;
    private readonly Tile tile;
    private readonly ProductSize size;
    private readonly Multiplication multiplication;
    private readonly Panel left;
    private readonly Panel right;
    private readonly SharedArray panels;
    private readonly Local shared, free;
    private readonly DType type;
    private readonly int resident, piece;

    private TiledProduct(KernelBuilder k, DType type, Division division, ProductSize size, IMatrix a, IMatrix b)
    {
        (this.k, this.type, this.division, tile, this.size) = (k, type, division, division.Tile, size);
        resident = division.Cores is not null && a.Run > 1 && b.Run > 1 ? Overlapping : 1;
        multiplication = division.Cores is { } numbers ? new WarpMultiplication(k, tile, numbers) : new ThreadMultiplication(k, tile, type);
        piece = tile.Depth * multiplication.Packing.Numbers;
        left = new(k, multiplication.PackingOf(a), a, tile.Rows, size.Rows, tile, size.Depth, multiplication.Padding, multiplication.AreExchanged, 0);
        right = new(k, multiplication.PackingOf(b), b, tile.Columns, size.Columns, tile, size.Depth, multiplication.Padding, multiplication.AreExchanged, left.End);
        panels = k.Shared(multiplication.Packing.Type, (ArePieces ? 2 : 1) * right.End);
        (shared, free) = (k.Let(0), k.Let(ArePieces ? right.End : 0));
    }

    /// <summary>The kernel of some products of a[row, depth] and b[column, depth].</summary>
    public static KernelCode Code(KernelBuilder k, DType type, Division division, ProductSize size, IMatrix a, IMatrix b, Neighbours together, Finish finish) =>
        new TiledProduct(k, type, division, size, a, b).Code(together, finish);

    private KernelCode Code(Neighbours together, Finish finish)
    {
        var (down, across) = ((size.Rows + tile.Rows - 1) / tile.Rows, (size.Columns + tile.Columns - 1) / tile.Columns);
        var group = Coordinates.Of(KernelBuilder.Group, Shape.Of([division.Parts, size.Batch, down, across]));
        var (part, batch, firstRow, firstColumn) = (k.Let(group[0]), k.Let(group[1]), k.Let(group[2] * tile.Rows), k.Let(group[3] * tile.Columns));
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
        Fetch(from);
        Share(shared);
        if (ArePieces) k.For(from, until, piece, at =>
        {
            var next = k.Let(at + piece);
            k.If(next < until, () => Fetch(next));
            multiplication.Add(panels, shared, left, right, sums);
            Share(free);
            k.Set(shared, free);
            k.Set(free, right.End - shared);
        });
        else multiplication.Add(panels, shared, left, right, sums);
        var (rows, columns) = together.AreOfColumn ? (together.Count, 1) : (1, together.Count);
        for (var i = 0; i < tile.ThreadRows; i += rows)
        {
            var row = k.Let(firstRow + multiplication.Row(i));
            for (var j = 0; j < tile.ThreadColumns; j += columns)
            {
                var (column, at) = (k.Let(firstColumn + multiplication.Column(j)), (i, j));
                ImmutableArray<Value> neighbours = [.. Enumerable.Range(0, together.Count).Select(n => (Value)(together.AreOfColumn ? sums[at.i + n, at.j] : sums[at.i, at.j + n]))];
                k.Where(Inside(row, size.Rows, tile.Rows) & Inside(column, size.Columns, tile.Columns), () => finish(part, batch, row, column, neighbours));
            }
        }
        return k.Build(checked(division.Parts * size.Batch * down * across), tile.Threads) with { Resident = resident };
    }

    /// <summary>Whether a group goes along several pieces of the depth.</summary>
    private bool ArePieces => division.Depth > piece;

    private void Fetch(Value from)
    {
        left.Fetch(from);
        right.Fetch(from);
    }

    /// <summary>All see what was fetched, a piece of the depth, or behind the last nothing that is read.</summary>
    private void Share(Value begins)
    {
        left.Share(panels, begins);
        right.Share(panels, begins);
        k.Meet();
    }

    /// <summary>Whether a line is one of so many, where tiles may go beyond them.</summary>
    public static Value Inside(Value line, int lines, int ofTile) => lines % ofTile == 0 ? Value.True : line < lines;
}
