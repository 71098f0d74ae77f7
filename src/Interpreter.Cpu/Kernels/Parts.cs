namespace Functional.Interpreter.Cpu.Kernels;

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
}
