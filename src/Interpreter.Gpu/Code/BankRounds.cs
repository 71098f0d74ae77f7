namespace Functional.Interpreter.Gpu.Code;

/// <summary>
/// In how many rounds the 32 banks of a GPU's shared memory serve a kernel's warps, each bank a word of 4 bytes a round, to all who ask for it; and how
/// many there would be if no two words of an access lay in one bank. Vectors of 2 words are served to half a warp at a time, those of 4 to a quarter.
/// </summary>
internal sealed class BankRounds
{
    private const int Warp = 32, Banks = 32, WordBytes = 4;

    /// <summary>The rounds.</summary>
    public long Count { get; private set; }

    /// <summary>The least there could be, given which threads access how much.</summary>
    public long Least { get; private set; }

    /// <summary>Some threads access so many neighbours, of which they are given the first one's index.</summary>
    public void Add(Memory of, long[] first, int[] threads, int neighbours)
    {
        if (of is not SharedArray || of.Type.Size != WordBytes) return;
        foreach (var warp in threads.GroupBy(t => t / Warp))
            foreach (var together in warp.Chunk(Warp / neighbours))
            {
                var words = together.SelectMany(t => Enumerable.Range(0, neighbours).Select(n => first[t] + n)).Distinct().ToList();
                Count += words.GroupBy(word => word % Banks).Max(bank => bank.Count());
                Least += (words.Count + Banks - 1) / Banks;
            }
    }
}
