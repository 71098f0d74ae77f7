using System.Runtime.InteropServices;

namespace Functional.Interpreter;

/// <summary>Pages of 2 MiB, where the system has them for who asks: a large array is then touched for the first time, and walked through, at less cost.</summary>
internal static unsafe partial class LargePages
{
    private const long Size = 2 << 20;
    private const int HugePage = 14; // MADV_HUGEPAGE of Linux's madvise(2)

    /// <summary>Asks for large pages under the whole ones of some memory. That they cannot be had does no harm.</summary>
    public static void Advise(byte* start, long bytes)
    {
        if (bytes < 2 * Size || !OperatingSystem.IsLinux()) return;
        var first = ((long)start + Size - 1) / Size * Size;
        var until = ((long)start + bytes) / Size * Size;
        _ = madvise((void*)first, (nuint)(until - first), HugePage);
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int madvise(void* address, nuint length, int advice);
}
