namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>What a kernel does with its pieces from one to another.</summary>
/// <param name="frame">The run.</param>
/// <param name="from">The first piece.</param>
/// <param name="until">One past the last.</param>
/// <param name="worker">Which worker calls, less than <see cref="Parts.Workers"/>.</param>
internal delegate void Pieces(Frame frame, long from, long until, int worker);

/// <summary>A count of like pieces of work in parts of about the same size, by their number alone, never by that of threads.</summary>
/// <param name="Count">How many pieces.</param>
/// <param name="Number">How many parts.</param>
internal readonly record struct Parts(long Count, int Number)
{
    private const long Least = 16_384;
    private const int Most = 64;

    /// <summary>Parts of pieces that cost so much together, in elements read or written: none below what starting it costs.</summary>
    public static Parts Of(long count, long work) => new(count, (int)Math.Clamp(work / Least, 1, Math.Max(1, Math.Min(count, Most))));

    /// <summary>The first piece of a part, which is the end of the part before.</summary>
    public long this[int part] => Count * part / Number;

    /// <summary>How many of so many workers may have a part.</summary>
    public int Workers(int threads) => Math.Min(Number, threads);

    /// <summary>The kernel that does some pieces, which cost so much together, in parallel parts where there is work for them.</summary>
    public static Kernel Kernel(long count, long work, Pieces pieces) => Of(count, work).Kernel(pieces);

    /// <summary>The kernel that does the pieces.</summary>
    public unsafe Kernel Kernel(Pieces pieces)
    {
        if (Count == 0) return _ => { };
        var parts = this;
        LoopBody body = (frame, _, part, worker) => pieces(frame, parts[part], parts[part + 1], parts.Number <= frame.Pool.Threads ? part : worker);
        return frame => frame.Pool.ForStretches(parts.Number, frame, body, null);
    }
}
