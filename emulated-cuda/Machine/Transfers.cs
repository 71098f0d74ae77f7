namespace EmulatedCuda.Machine;

/// <summary>What a warp's access costs.</summary>
internal static class Transfers
{
    private const int SectorBytes = 32;
    private const int Banks = 32;
    private const int BankBytes = 4;

    /// <summary>The sectors of global memory that are moved.</summary>
    public static int Sectors(ReadOnlySpan<ulong> addresses, int bytes)
    {
        Span<ulong> sectors = stackalloc ulong[addresses.Length];
        for (var i = 0; i < addresses.Length; i++) sectors[i] = addresses[i] / SectorBytes;
        return Different(sectors) * Math.Max(1, bytes / SectorBytes);
    }

    /// <summary>
    /// The rounds in which banks of shared memory serve: each bank one word a round, to all who ask for it. Vectors of 8 bytes are read by half of
    /// a warp at a time, those of 16 by a quarter.
    /// </summary>
    public static int Rounds(ReadOnlySpan<ulong> addresses, int bytes)
    {
        var (together, rounds) = (bytes > BankBytes ? Warp.Size * BankBytes / bytes : Warp.Size, 0);
        Span<ulong> words = stackalloc ulong[Warp.Size];
        for (var from = 0; from < addresses.Length; from += together)
        {
            var most = 0;
            for (var bank = 0; bank < Banks; bank++)
            {
                var count = 0;
                foreach (var address in addresses.Slice(from, Math.Min(together, addresses.Length - from)))
                    for (var word = address / BankBytes; word * BankBytes < address + (ulong)bytes; word++)
                        if (word % Banks == (ulong)bank) words[count++] = word;
                most = Math.Max(most, Different(words[..count]));
            }
            rounds += most;
        }
        return rounds;
    }

    private static int Different(Span<ulong> numbers)
    {
        numbers.Sort();
        var count = 0;
        for (var i = 0; i < numbers.Length; i++)
            if (i == 0 || numbers[i] != numbers[i - 1]) count++;
        return count;
    }
}
