using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>How numbers of an operand lie in shared memory: so many that are neighbours along the depth are one element there.</summary>
/// <param name="Type">The element type there.</param>
/// <param name="Numbers">How many numbers an element holds.</param>
/// <param name="Of">The element of some numbers, as they lie in memory.</param>
internal sealed record Packing(DType Type, int Numbers, Func<Value[], Value> Of)
{
    private const int Dropped = 13;

    /// <summary>As numbers of a type, one by one.</summary>
    public static Packing Plain(DType type) => new(type, 1, x => Operations.Convert(x[0], type));

    /// <summary>As words of what tensor cores multiply.</summary>
    public static Packing Words(MatrixNumbers numbers) => numbers == MatrixNumbers.TF32
        ? new(DType.I32, 1, x => Rounded(Operations.Convert(x[0], DType.F32)))
        : new(DType.I32, 2, x => x[0].As(DType.I32) | (x[1].As(DType.I32) << 16));

    /// <summary>The bits of the nearest number of TF32, of two equally near the one farther from 0; NaN stays NaN. PTX <c>cvt.rna.tf32.f32</c>.</summary>
    private static Value Rounded(Value x)
    {
        var bits = x.As(DType.I32);
        return Value.Select(x.Is(x), (bits + (1 << (Dropped - 1))) & new Number(DType.I32, -1 << Dropped), 0x7FC0_0000);
    }
}

/// <summary>A tile of an operand, in shared memory: for each element along the depth all lines.</summary>
/// <param name="k">The kernel.</param>
/// <param name="packing">How numbers lie there.</param>
/// <param name="matrix">The operand.</param>
/// <param name="lines">The tile's lines.</param>
/// <param name="allLines">The operand's lines.</param>
/// <param name="tile">The tile.</param>
/// <param name="depth">The operand's depth.</param>
/// <param name="padding">How many elements farther apart lines of adjacent depths begin than they have to.</param>
internal sealed class Panel(KernelBuilder k, Packing packing, IMatrix matrix, int lines, int allLines, Tile tile, int depth, int padding)
{
    private readonly List<Piece> pieces = [];

    /// <summary>An element that a thread brings of every piece of the depth.</summary>
    /// <param name="Line">What is known of the places of its line's elements.</param>
    /// <param name="At">The line, of the tile's.</param>
    /// <param name="Along">Which along the depth.</param>
    /// <param name="Held">The element.</param>
    /// <param name="IsMine">Whether the thread brings it: there may be more threads than elements.</param>
    /// <param name="IsInside">Whether the line is one of the matrix.</param>
    private sealed record Piece(Value[] Line, Value At, Value Along, Local Held, Value IsMine, Value IsInside);

    /// <summary>Where the elements are.</summary>
    public SharedArray Shared { get; } = k.Shared(packing.Type, tile.Depth * (lines + padding));

    /// <summary>How far lines of adjacent depths are apart.</summary>
    public int Width => lines + padding;

    /// <summary>How many lines.</summary>
    public int Lines => lines;

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
                pieces.Add(first with { Along = along, Held = k.Let(new Number(packing.Type, 0)), IsMine = isMine });
                continue;
            }
            var number = k.Let(firstLine + at);
            var inside = k.Let(TiledProduct.Inside(number, allLines, lines) & isMine);
            pieces.Add(new(matrix.Line(k, batch, k.Let(Value.Select(inside, number, 0))), at, along, k.Let(new Number(packing.Type, 0)), isMine, allLines % lines == 0 && isMine is Number ? isMine : inside));
        }
    }

    /// <summary>Reads a piece of the depth into registers, 0 beyond the matrix.</summary>
    public void Fetch(Value from)
    {
        foreach (var p in pieces)
        {
            var along = k.Let(from + (p.Along * packing.Numbers));
            var inside = p.IsInside & p.IsMine & TiledProduct.Inside(along, depth, tile.Depth * packing.Numbers);
            if (inside is not Number) k.Set(p.Held, new Number(packing.Type, 0));
            k.Where(inside, () => k.Set(p.Held, packing.Of([.. Enumerable.Range(0, packing.Numbers).Select(n => At(p, along, n))])));
        }
    }

    /// <summary>One of the numbers of an element, of which the first is inside.</summary>
    private Value At(Piece p, Value along, int n)
    {
        if (packing.Numbers == 1) return matrix.At(k, p.Line, along);
        if (n == 0 || depth % packing.Numbers == 0) return k.Let(matrix.At(k, p.Line, k.Let(along + n)));
        var (number, at) = (k.Let(new Number(matrix.Type, 0)), k.Let(along + n));
        k.If(at < depth, () => k.Set(number, matrix.At(k, p.Line, at)));
        return number;
    }

    /// <summary>Puts what was read where all threads see it.</summary>
    public void Share()
    {
        foreach (var p in pieces) k.Where(p.IsMine, () => k.Put(Shared, (p.Along * Width) + p.At, p.Held));
    }
}
