using Benchmarks.Measuring;
using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Benchmarks.Peers;

/// <summary>TorchSharp's libtorch: made ready to run, and given our numbers.</summary>
public static class Libtorch
{
    private const string Inside = "FUNCTIONAL_NEWER_LIBRARIES";
    private const int CouldNot = 1; // the script's exit

    /// <summary>
    /// Where the system's C++ library is too old for libtorch, runs this command once more with a newer one, and ends with it; goes on where that
    /// cannot be had.
    /// </summary>
    public static void Prepare()
    {
        if (Missing() is not { } why || !why.Contains("GLIBCXX", StringComparison.Ordinal) || Environment.GetEnvironmentVariable(Inside) is not null) return;
        Console.Error.WriteLine("the system's C++ library is too old for libtorch: running with a newer one");
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "functional", "newer-libraries");
        var start = new ProcessStartInfo("bash") { UseShellExecute = false };
        foreach (var arg in (string[])[Path.Combine(AppContext.BaseDirectory, "newer-libraries"), cache, "--", .. Command()]) start.ArgumentList.Add(arg);
        start.Environment[Inside] = "1";
        var process = Process.Start(start)!;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => End(process);
        process.WaitForExit();
        if (process.ExitCode != CouldNot) Environment.Exit(process.ExitCode);
    }

    /// <summary>Ends the other process where this one is ended before it.</summary>
    private static void End(Process process)
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
    }

    private static IEnumerable<string> Command()
    {
        var (host, arguments) = (Environment.ProcessPath!, Environment.GetCommandLineArgs());
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, .. arguments] : [host, .. arguments[1..]];
    }

    /// <summary>Whether libtorch runs here, with so many threads; says why where it does not.</summary>
    public static bool Ready(int threads)
    {
        if (Missing() is { } why)
        {
            Console.Error.WriteLine($"libtorch does not run here, so only our own figures follow: {why}");
            return false;
        }
        torch.set_num_threads(threads);
        return true;
    }

    /// <summary>Why the native library cannot be loaded; null where it can.</summary>
    private static string? Missing()
    {
        try
        {
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return e.Message.Split('\n').FirstOrDefault(l => l.Contains("GLIBC", StringComparison.Ordinal)) ?? e.Message.ReplaceLineEndings(" ");
        }
    }

    /// <summary>
    /// Whether the C library keeps memory that libtorch frees. By itself it gives back to the system what is larger than 32 MiB, and the page
    /// faults of the next such tensor may take longer than the work, more so in a virtual machine.
    /// </summary>
    public static void KeepMemory(bool keep)
    {
        const int trimThreshold = -1, mmapThreshold = -3, mmapMax = -4;
        _ = mallopt(mmapMax, keep ? 0 : 65536);
        _ = mallopt(mmapThreshold, 32 << 20);
        _ = mallopt(trimThreshold, keep ? int.MaxValue : 64 << 20);
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mallopt(int parameter, int value);

    /// <summary>The same numbers as <see cref="Numbers.Tensor"/>.</summary>
    public static torch.Tensor Tensor(int seed, params int[] shape) => torch.tensor(Numbers.Normal(seed, shape), [.. shape.Select(d => (long)d)]);

    /// <summary>A side whose intermediate values are freed after each run.</summary>
    public static Side Side(Func<torch.Tensor[]> run) => new(
        () =>
        {
            using var scope = torch.NewDisposeScope();
            run();
        },
        () =>
        {
            using var scope = torch.NewDisposeScope();
            return [.. run().Select(Values)];
        });

    /// <summary>A tensor's elements, row-major.</summary>
    public static float[] Values(torch.Tensor x)
    {
        using var plain = x.detach().to_type(torch.ScalarType.Float32).contiguous();
        return plain.data<float>().ToArray();
    }
}
