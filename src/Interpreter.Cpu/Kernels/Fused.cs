using Functional.Interpreter.Cpu.Emission;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A fused loop, by emitted code. Rows are shared out among threads; a row that only maps is cut into pieces, and one that is summed into
/// chunks, whose sums are added in order.
/// </summary>
internal sealed unsafe class Fused
{
    private const long Grain = 16_384;
    private const long Chunk = 8192;
    private const long LongestRow = 2 * Chunk;

    private readonly FusedLoop loop;
    private readonly LoopCode code;
    private readonly Place[] places;
    private readonly int scratch;
    private readonly int summed;

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
        summed = Chunks(loop) == 0 ? -1 : loop.Stages[^1].Row.OfType<Store>().Single().Operand;
    }

    /// <summary>The kernel of a step that has a loop.</summary>
    public static Kernel Kernel(Plan plan, Step step, FusedLoop loop, Target target)
    {
        if (loop.Rows * loop.Columns == 0) return _ => { };
        var fused = new Fused(plan, step, loop, target);
        return fused.summed >= 0 ? fused.Sum(plan, step) : fused.Run;
    }

    /// <summary>The bytes that the sums of a long row's chunks take.</summary>
    public static long Scratch(FusedLoop loop, DType type) => Chunks(loop) * type.Size;

    /// <summary>How many chunks one long row is summed in; 0 where it is not.</summary>
    private static long Chunks(FusedLoop loop) =>
        loop is { Rows: 1, Columns: > LongestRow, Stages.Count: 2 } && loop.Stages[0].Columns.Count(i => i is Reduce) == 1
        && loop.Stages[0].Columns.All(i => i is not (Store or Reduce { Kind: not Reduction.Sum })) && loop.Stages[0].Row.All(i => i is Load or Immediate)
        && loop.Stages[1].Row.All(i => i is Store) && loop.Stages[1].Columns.Count == 0
            ? (loop.Columns + Chunk - 1) / Chunk
            : 0;

    private void Run(Frame frame)
    {
        var (rows, columns) = (loop.Rows, loop.Columns);
        var pieces = loop.IsMap ? (columns + Grain - 1) / Grain : 1;
        var together = Math.Max(1, Grain / columns);
        var parts = pieces > 1 ? rows * pieces : (rows + together - 1) / together;
        if (parts <= 1) Rows(frame, 0, rows, 0, columns);
        else
            frame.Pool.For(checked((int)parts), (part, _) =>
            {
                if (pieces == 1) Rows(frame, part * together, Math.Min(rows, (part + 1) * together), 0, columns);
                else Rows(frame, part / pieces, part / pieces + 1, part % pieces * Grain, Math.Min(columns, (part % pieces + 1) * Grain));
            });
    }

    private Kernel Sum(Plan plan, Step step)
    {
        var add = Numeric.Of(step.Node.DType);
        var (chunks, to, size) = ((loop.Columns + Chunk - 1) / Chunk, step.Buffer, step.Node.DType.Size);
        return frame =>
        {
            var sums = frame[scratch];
            frame.Pool.For(checked((int)chunks), (chunk, _) => Rows(frame, 0, 1, chunk * Chunk, Math.Min(loop.Columns, (chunk + 1) * Chunk), sums + chunk * size));
            add.Add(sums, chunks, frame[to]);
        };
    }

    /// <summary>Some rows, or a piece of one, by as few calls as the operands' patterns allow.</summary>
    private void Rows(Frame frame, long from, long until, long first, long last, byte* sum = null)
    {
        nint* addresses = stackalloc nint[places.Length], strides = stackalloc nint[places.Length];
        var numbers = stackalloc long[loop.Types.Count];
        while (from < until)
        {
            var run = until - from;
            for (var o = 0; o < places.Length; o++)
            {
                ref readonly var p = ref places[o];
                var element = Element(p, from, first, ref run, out var stride);
                addresses[o] = o == summed ? (nint)sum : (nint)(frame[p.Buffer] + element * p.Size);
                strides[o] = (nint)(stride * p.Size);
            }
            code(addresses, strides, numbers, run, last - first);
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
            if (extent == loop.Rows * loop.Columns)
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
