using System.Runtime.CompilerServices;
using Xunit;

namespace PropertyTests.Printing;

/// <summary>Texts that were read by a person once; UPDATE_GOLDEN=1 writes them anew.</summary>
internal static class Golden
{
    public static void Check(string name, string actual, [CallerFilePath] string caller = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(caller)!, "..", "Golden", name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, actual + "\n");
        Assert.True(File.Exists(path), $"{path} is missing: run the tests with UPDATE_GOLDEN=1 and read what it writes");
        Assert.Equal(File.ReadAllText(path), actual + "\n");
    }
}
