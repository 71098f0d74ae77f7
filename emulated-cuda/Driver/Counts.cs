using System.Globalization;
using EmulatedCuda.Machine;

namespace EmulatedCuda.Driver;

/// <summary>
/// What kernels did, where EMULATED_CUDA_COUNTS names a folder: for each kernel its text, and beside each instruction how often a warp did it and,
/// of an access to memory, how many sectors of 32 bytes it moved or how many rounds of 32 banks it took.
/// </summary>
internal static class Counts
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("EMULATED_CUDA_COUNTS");
    private static int number;

    public static bool AreWanted => Folder is not null;

    public static void Add(Launch launch, (long[] Issued, long[] Transfers) counts)
    {
        if (Folder is null) return;
        Directory.CreateDirectory(Folder);
        var lines = launch.Program.Statements.Select((s, i) => string.Create(CultureInfo.InvariantCulture, $"{counts.Issued[i]}\t{counts.Transfers[i]}\t{s.Opcode}\t{string.Join(", ", s.Operands)}"));
        File.WriteAllLines(Path.Combine(Folder, $"{number++:0000}.tsv"), [$"{launch.Program.Name}: {launch.Groups} groups of {launch.Threads} threads, {launch.Program.SharedBytes} shared bytes", "issued\ttransfers\tinstruction", .. lines]);
    }
}
