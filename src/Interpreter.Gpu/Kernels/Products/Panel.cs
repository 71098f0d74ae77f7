using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>How numbers of an operand lie in shared memory: so many that are neighbours along the depth are one element there.</summary>
/// <param name="Type">The element type there.</param>
/// <param name="Numbers">How many numbers an element holds.</param>
/// <param name="Of">The element of some numbers, as they lie in memory.</param>
internal sealed record Packing(DType Type, int Numbers, Func<Value[], Value> Of)
{
    /// <summary>As numbers of a type, one by one.</summary>
    public static Packing Plain(DType type) => new(type, 1, x => Operations.Convert(x[0], type));

    /// <summary>As words of what tensor cores multiply.</summary>
    /// <param name="numbers">What they multiply.</param>
    /// <param name="areRounded">Whether elements of f32 are numbers of TF32.</param>
    public static Packing Words(MatrixNumbers numbers, bool areRounded) => numbers == MatrixNumbers.TF32
        ? new(DType.I32, 1, x => (areRounded ? x[0] : Rounded(Operations.Convert(x[0], DType.F32))).As(DType.I32))
        : new(DType.I32, 2, x => x[0].As(DType.I32) | (x[1].As(DType.I32) << 16));

    /// <summary>The nearest number of TF32.</summary>
    public static Value Rounded(Value x) => new UnaryValue(UnaryKind.RoundToTF32, x);

    /// <summary>Words of two numbers of lines at a step of the depth, and of the same lines at the next, as words of what tensor cores multiply.</summary>
    public static IEnumerable<Value> Turned(Value first, Value next)
    {
        var low = new Number(DType.I32, 0xFFFF);
        return [(first & low) | (next << 16), (first >>> 16) | (next & !low)];
    }
}

/// <summary>
/// A tile of an operand, in shared memory: for each element along the depth all lines. Threads read as many neighbours at a time as the operand lets
/// them, neighbouring threads neighbouring ones, and write those of adjacent lines together.
/// </summary>
internal sealed class Panel
{
    private const int Widest = 4;

    private readonly KernelBuilder k;
    private readonly Packing packing;
    private readonly IMatrix matrix;
    private readonly Tile tile;
    private readonly int allLines, depth, side, origin;
    private readonly bool isExchanged;
    private readonly List<Piece> pieces = [];

    /// <param name="k">The kernel.</param>
    /// <param name="packing">How numbers lie there.</param>
    /// <param name="matrix">The operand.</param>
    /// <param name="lines">The tile's lines.</param>
    /// <param name="allLines">The operand's lines.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="depth">The operand's depth.</param>
    /// <param name="padding">How many elements farther apart lines of adjacent depths begin than they have to.</param>
    /// <param name="isExchanged">Whether lines lie as <see cref="Exchange"/> says.</param>
    /// <param name="origin">Where its first element is.</param>
    public Panel(KernelBuilder k, Packing packing, IMatrix matrix, int lines, int allLines, Tile tile, int depth, int padding, bool isExchanged, int origin)
    {
        (this.k, this.packing, this.matrix, this.tile, this.allLines, this.depth, this.isExchanged) = (k, packing, matrix, tile, allLines, depth, isExchanged);
        (Lines, Width, this.origin) = (lines, lines + padding, origin);
        // of words across lines no more than one access writes: threads with twice as many would write to every other four banks
        side = matrix.IsAlongDepth ? Math.Max(1, matrix.Run / packing.Numbers) : packing.Numbers > 1 ? Math.Min(matrix.Run, Widest) : matrix.Run;
        while ((matrix.IsAlongDepth ? tile.Depth : lines) % side != 0) side /= 2;
    }

    /// <summary>What a thread brings of every piece of the depth: neighbouring elements.</summary>
    /// <param name="Line">What is known of the places of their line's elements, or of the first one's.</param>
    /// <param name="Across">Which line of the tile that is.</param>
    /// <param name="Along">Where along the depth the first is.</param>
    /// <param name="Held">The elements.</param>
    /// <param name="Place">Counted from where the first lies in shared memory.</param>
    /// <param name="Distance">How far behind that it lies.</param>
    /// <param name="IsMine">Whether the thread brings them: there may be more threads than elements.</param>
    private sealed record Piece(Value[] Line, Value Across, Value Along, Local[] Held, Local Place, int Distance, Value IsMine);

    /// <summary>How far lines of adjacent depths are apart.</summary>
    public int Width { get; }

    /// <summary>Where the next panel begins.</summary>
    public int End => origin + (tile.Depth * Width);

    /// <summary>How many lines.</summary>
    public int Lines { get; }

    /// <summary>How many pieces of neighbours there are beside each other, along the depth or across it.</summary>
    private int Beside => (matrix.IsAlongDepth ? tile.Depth : Lines) / side;

    /// <summary>Whether what a thread brings so many lines or steps of the depth behind is equally far along them, and lines that are exchanged are there, too.</summary>
    private bool IsEven(int behind) => tile.Threads % Beside == 0 && (!isExchanged || !matrix.IsAlongDepth || behind % Exchange.Lines == 0);

    /// <summary>Divides the elements among threads: neighbours in memory to neighbouring threads.</summary>
    public void Begin(Value batch, Value firstLine)
    {
        var all = Lines * tile.Depth / side;
        for (var f = 0; f < all; f += tile.Threads)
        {
            var mine = f + tile.Threads <= all ? Value.True : k.Let(KernelBuilder.Thread + f < all);
            Local[] held = [.. Enumerable.Range(0, side).Select(_ => k.Let(new Number(packing.Type, 0)))];
            pieces.Add(pieces is [var first, ..] && IsEven(f / Beside) ? Behind(first, f / Beside, batch, firstLine) with { Held = held, IsMine = mine } : First(KernelBuilder.Thread + f, held, mine, batch, firstLine));
        }
    }

    private Piece First(Value number, Local[] held, Value mine, Value batch, Value firstLine)
    {
        var (inner, outer) = (k.Let(number % Beside * side), k.Let(number / Beside));
        var (along, at) = matrix.IsAlongDepth ? (inner, outer) : (outer, inner);
        return At(new([], at, along, held, Written(along, at), 0, mine), batch, firstLine + at);
    }

    /// <summary>Where a line is at a step of the depth, if none are exchanged.</summary>
    public int Place(int along, int line) => origin + (along * Width) + line;

    private Local Written(Value along, Value line) => k.Let((along * Width) + (isExchanged ? line ^ new Exchange(tile.Depth).Of(along) : line));

    /// <summary>What a thread brings besides, so many lines or steps of the depth behind the first.</summary>
    private Piece Behind(Piece first, int distance, Value batch, Value firstLine) => matrix.IsAlongDepth
        ? At(first with { Distance = distance }, batch, firstLine + k.Let(KernelBuilder.Thread / Beside) + distance)
        : k.Let(first.Along + distance) is var along && isExchanged
            ? first with { Along = along, Place = Written(along, first.Across) }
            : first with { Distance = distance * Width, Along = along };

    /// <summary>Lines beyond the matrix are read as its first: nothing of what comes of them is kept.</summary>
    private Piece At(Piece piece, Value batch, Value line)
    {
        var number = k.Let(line);
        var inside = TiledProduct.Inside(number, allLines, Lines) & piece.IsMine;
        return piece with { Line = matrix.Line(k, batch, inside is Number ? number : k.Let(Value.Select(inside, number, 0))) };
    }

    /// <summary>Reads a piece of the depth into registers, 0 beyond the depth.</summary>
    public void Fetch(Value from)
    {
        var within = new Dictionary<Value[], Value[]>();
        foreach (var p in pieces)
        {
            var along = p.Along * packing.Numbers;
            var inside = p.IsMine & TiledProduct.Inside(from + along, depth, tile.Depth * packing.Numbers);
            if (inside is not Number)
                foreach (var held in p.Held) k.Set(held, new Number(packing.Type, 0));
            if (!within.TryGetValue(p.Line, out var line)) within.Add(p.Line, line = matrix.Within(k, p.Line, from));
            k.Where(inside, () =>
            {
                foreach (var (held, value) in p.Held.Zip(Read(line, from, along))) k.Set(held, value);
            });
        }
    }

    /// <summary>What a thread brings at a time: the first is inside, and so are the others that one access reads with it.</summary>
    private IEnumerable<Value> Read(Value[] line, Value from, Value along)
    {
        if (matrix.Run == 1) return [packing.Of([.. Enumerable.Range(0, packing.Numbers).Select(n => One(line, from, along, n))])];
        var read = matrix.Read(k, line, from, along, matrix.IsAlongDepth ? side * packing.Numbers : side);
        if (packing.Numbers == 1) return read.Select(x => packing.Of([x]));
        return matrix.IsAlongDepth ? read : read.Zip(Next(line, from, k.Let(along + 1), read.Length), Packing.Turned).SelectMany(words => words);
    }

    /// <summary>One of the numbers of an element, of which the first is inside.</summary>
    private Value One(Value[] line, Value from, Value along, int n)
    {
        if (packing.Numbers == 1) return matrix.At(k, line, from, along);
        if (n == 0 || depth % packing.Numbers == 0) return k.Let(matrix.At(k, line, from, along + n));
        var (number, at) = (k.Let(new Number(matrix.Type, 0)), k.Let(from + along + n));
        k.If(at < depth, () => k.Set(number, matrix.At(k, line, from, along + n)));
        return number;
    }

    /// <summary>The words of the same lines at the next step of the depth, 0 beyond it.</summary>
    private Value[] Next(Value[] line, Value from, Value along, int words)
    {
        if (depth % packing.Numbers == 0) return matrix.Read(k, line, from, along, side);
        Local[] next = [.. Enumerable.Range(0, words).Select(_ => k.Let(0))];
        k.If(from + along < depth, () =>
        {
            foreach (var (word, value) in next.Zip(matrix.Read(k, line, from, along, side))) k.Set(word, value);
        });
        return next;
    }

    /// <summary>Puts what was read where all threads see it.</summary>
    /// <param name="panels">Where panels are.</param>
    /// <param name="begins">Where this piece's begin.</param>
    public void Share(SharedArray panels, Value begins)
    {
        var (together, apart) = matrix.IsAlongDepth ? (1, Width) : (Math.Min(side, Widest), 1);
        foreach (var p in pieces)
            k.Where(p.IsMine, () =>
            {
                var place = k.Let(p.Place + begins);
                for (var i = 0; i < side; i += together) k.Put(panels, place + (origin + p.Distance + (i * apart)), [.. p.Held[i..(i + together)]]);
            });
    }
}
