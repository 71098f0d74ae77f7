using Xunit.Abstractions;

namespace Emulated;

/// <summary>What xunit says while it looks for tests and runs them.</summary>
internal sealed class Results : IMessageSink, IDisposable
{
    private readonly List<ITestCase> found = [];
    private readonly ManualResetEventSlim looked = new();
    private readonly ManualResetEventSlim ran = new();
    private int passed, failed, skipped;

    /// <summary>The tests there are, once it has looked.</summary>
    public IReadOnlyList<ITestCase> Found
    {
        get
        {
            looked.Wait();
            return found;
        }
    }

    /// <summary>Waits for the last test, and says how many passed; whether none failed.</summary>
    public bool Print()
    {
        ran.Wait();
        Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
        return failed == 0;
    }

    /// <inheritdoc/>
    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestCaseDiscoveryMessage one: found.Add(one.TestCase); break;
            case IDiscoveryCompleteMessage: looked.Set(); break;
            case ITestPassed test: Say(ref passed, "passed", test.Test, $"{test.ExecutionTime:0.0} s"); break;
            case ITestSkipped test: Say(ref skipped, "skipped", test.Test, test.Reason); break;
            case ITestFailed test: Say(ref failed, "FAILED", test.Test, string.Join('\n', test.Messages.Concat(test.StackTraces))); break;
            case IErrorMessage error: Say(ref failed, "FAILED", null, string.Join('\n', error.Messages)); break;
            case ITestAssemblyFinished: ran.Set(); break;
        }
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        looked.Dispose();
        ran.Dispose();
    }

    private static void Say(ref int count, string what, ITest? test, string more)
    {
        Interlocked.Increment(ref count);
        Console.WriteLine($"{what} {test?.DisplayName}: {more}");
    }
}
