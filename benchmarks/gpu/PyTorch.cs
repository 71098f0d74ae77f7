using System.Diagnostics;
using System.Globalization;

namespace Benchmarks.Gpu;

/// <summary>The same work by PyTorch, on the same GPU.</summary>
/// <param name="Version">Its version, or why there is none.</param>
/// <param name="Seconds">What each row takes.</param>
public sealed record PyTorch(string Version, IReadOnlyDictionary<string, double> Seconds)
{
    /// <summary>What a row takes, if it was measured.</summary>
    public double? this[string row] => Seconds.TryGetValue(row, out var seconds) ? seconds : null;

    /// <summary>Has python3 measure, where it is there and has torch with a GPU.</summary>
    public static PyTorch Measure(string filter, double seconds)
    {
        using var script = typeof(PyTorch).Assembly.GetManifestResourceStream("peers.py")!;
        using var reader = new StreamReader(script);
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", ["-c", reader.ReadToEnd(), filter, seconds.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
            var (version, rows) = ("no PyTorch: python3 has no torch with a GPU", new Dictionary<string, double>());
            while (python.StandardOutput.ReadLine() is { } line)
            {
                if (line.Split('\t') is not [var name, var value]) continue;
                if (name == "version") version = value;
                else if (double.TryParse(value, CultureInfo.InvariantCulture, out var time)) rows[name] = time;
            }
            python.WaitForExit();
            return new(version, rows);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return new("no PyTorch: there is no python3", new Dictionary<string, double>());
        }
    }
}
