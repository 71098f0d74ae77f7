using Functional.Interpreter.Cpu.Emission;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A fused loop, by emitted code. Rows are shared out among threads; a row that only maps is cut into pieces, and one that is summed into
/// chunks, whose sums are added in order.
/// </summary>
internal sealed unsafe class Fused
{
    private const long MostToPiece = 16_384;
    private const long LeastToPiece = 1024;
    private const long MostPieces = 64;
    private const long WorkOfCopying = 8;
    private const long Chunk = 8192;
    private const long LongestRow = 2 * Chunk;

    private readonly FusedLoop loop;
    private readonly LoopCode code;
    private readonly Place[] places;
    private readonly int scratch;
    private readonly int summed;
    private readonly int to;
    private readonly int product;
    private readonly int size;
    private readonly Numeric? numbers;
    private readonly long grain;
    private readonly long pieces;
    private readonly long together;
    private readonly int parts;
    private readonly LoopBody part;

    /// <summary>Where an operand lies.</summary>
    /// <param name="Buffer">Its buffer.</param>
    /// <param name="Size">An element's bytes.</param>
    /// <param name="PerRow">Whether it is indexed by row.</param>
    /// <param name="Access">Which element an index sees.</param>
    private readonly record struct Place(int Buffer, int Size, bool PerRow, Access Access);

    private Fused(Plan plan, Step step, FusedLoop loop, Target target)
    {
        (this.loop, scratch) = (loop, step.Scratch);
        code = target.Loops.Of(loop, target.Width);
        places = [.. loop.Operands.Select(o => new Place(plan.BufferOf(o.Value), o.Value.DType.Size, o.PerRow, o.Access))];
        product = step.Node.Op is Dot or Conv ? plan.BufferOf(step.Node) : -1;
        var chunks = Chunks(loop);
        (summed, to, size, numbers) = (chunks == 0 ? -1 : loop.Stages[^1].Row.OfType<Store>().Single().Operand, step.Buffer, step.Node.DType.Size, chunks == 0 ? null : Numeric.Of(step.Node.DType, target.Width));
        grain = Math.Max(MostToPiece * WorkOfCopying / (WorkOfCopying + loop.Work), loop.Size / MostPieces);
        grain = Math.Max(1, grain / LeastToPiece) * LeastToPiece;
        pieces = loop.IsMap ? (loop.Columns + grain - 1) / grain : 1;
        together = Math.Max(1, grain / loop.Length);
        parts = checked((int)(chunks > 0 ? chunks : pieces > 1 ? loop.Rows * pieces : (loop.Rows + together - 1) / together));
        part = chunks > 0 ? SumPart : Part;
    }

    /// <summary>The kernel of a step that has a loop.</summary>
    public static Kernel Kernel(Plan plan, Step step, FusedLoop loop, Target target)
    {
        if (loop.Size == 0) return _ => { };
        var fused = new Fused(plan, step, loop, target);
        return fused.summed >= 0 ? fused.Sum : fused.Run;
    }

    /// <summary>The bytes that the sums of a long row's chunks take.</summary>
    public static long Scratch(FusedLoop loop, DType type) => Chunks(loop) * type.Size;

    /// <summary>How many chunks one long row is summed in; 0 where it is not.</summary>
    private static long Chunks(FusedLoop loop) =>
        loop is { Batch: 1, Rows: 1, Columns: > LongestRow, Stages.Count: 2 } && loop.Stages[0].Columns.Count(i => i is Reduce) == 1
        && loop.Stages[0].Columns.All(i => i is not (Store or Reduce { Kind: not Reduction.Sum })) && loop.Stages[0].Row.All(i => i is Load or Immediate)
        && loop.Stages[1].Row.All(i => i is Store) && loop.Stages[1].Columns.Count == 0
            ? (loop.Columns + Chunk - 1) / Chunk
            : 0;

    /// <summary>What goes on with a product's elements as they become known; null for a loop over nothing.</summary>
    public static Finish? Epilogue(Plan plan, Step step, FusedLoop loop, Target target) => loop.Size == 0 ? null : new Fused(plan, step, loop, target).Range;

    /// <summary>A stretch of the elements: the end of a row, whole rows, the beginning of one.</summary>
    private void Range(Frame frame, byte* result, long from, long until)
    {
        var columns = loop.Columns;
        var (row, first) = (from / columns, from % columns);
        if (first > 0)
        {
            Rows(frame, row, row + 1, first, Math.Min(columns, first + until - from), result: result);
            row++;
        }
        var whole = until / columns;
        if (row < whole) Rows(frame, row, whole, 0, columns, result: result);
        if (whole >= row && until % columns > 0) Rows(frame, whole, whole + 1, 0, until % columns, result: result);
    }

    private void Run(Frame frame)
    {
        if (parts <= 1) Rows(frame, 0, loop.Rows, 0, loop.Columns);
        else frame.Pool.ForStretches(parts, frame, part, null);
    }

    private void Part(Frame frame, void* arguments, int index, int worker)
    {
        if (pieces == 1) Rows(frame, index * together, Math.Min(loop.Rows, (index + 1) * together), 0, loop.Columns);
        else Rows(frame, index / pieces, index / pieces + 1, index % pieces * grain, Math.Min(loop.Columns, (index % pieces + 1) * grain));
    }

    private void Sum(Frame frame)
    {
        frame.Pool.ForStretches(parts, frame, part, null);
        numbers!.Add(frame[scratch], parts, frame[to]);
    }

    private void SumPart(Frame frame, void* arguments, int index, int worker) =>
        Rows(frame, 0, 1, index * Chunk, Math.Min(loop.Columns, (index + 1) * Chunk), frame[scratch] + index * size);

    /// <summary>Some rows, or a piece of one, by as few calls as the operands' patterns allow.</summary>
    private void Rows(Frame frame, long from, long until, long first, long last, byte* sum = null, byte* result = null)
    {
        nint* addresses = stackalloc nint[places.Length], strides = stackalloc nint[3 * places.Length];
        var numbers = stackalloc long[loop.Types.Count];
        while (from < until)
        {
            var run = until - from;
            for (var o = 0; o < places.Length; o++)
            {
                ref readonly var p = ref places[o];
                var element = Element(p, from, first, ref run, out var stride);
                addresses[o] = o == summed ? (nint)sum : (nint)((p.Buffer == product ? result : frame[p.Buffer]) + element * p.Size);
                strides[o] = (nint)(stride * p.Size);
                strides[places.Length + o] = p.Access.Extent == loop.Size ? (nint)(loop.Rows * loop.Columns * p.Size) : 0;
                strides[2 * places.Length + o] = (nint)(-loop.Batch * strides[places.Length + o]);
            }
            code(addresses, strides, numbers, run, last - first, loop.Batch);
            from += run;
        }
    }

    /// <summary>Where an operand begins in a row, how far it moves to the next, and for how many rows that holds.</summary>
    private long Element(in Place p, long row, long column, ref long run, out long stride)
    {
        var (extent, inner) = (p.Access.Extent, p.Access.Inner);
        stride = 0;
        if (extent == 1) return 0;
        if (!p.PerRow)
        {
            var at = row * loop.Columns + column;
            if (p.Access.Stretch is > 0 and var stretch)
            {
                stride = stretch == loop.Columns ? p.Access.Pitch : loop.Columns;
                if (stretch != loop.Columns) run = Math.Min(run, (stretch - (at % stretch) + column) / loop.Columns);
                return p.Access.At(at);
            }
            if (extent == loop.Size)
            {
                stride = loop.Columns;
                return at;
            }
            at %= extent;
            if (extent == loop.Columns) return at;
            stride = loop.Columns;
            run = Math.Min(run, (extent - at + column) / loop.Columns);
            return at;
        }
        if (inner == 1)
        {
            var at = extent == loop.Rows ? row : row % extent;
            stride = 1;
            run = Math.Min(run, extent - at);
            return at;
        }
        run = Math.Min(run, inner - row % inner);
        return row / inner % extent;
    }
}
