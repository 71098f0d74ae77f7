using System.Runtime.CompilerServices;

namespace Functional.Interpreter;

/// <summary>Has the collector look for what nothing refers to, for those who lend memory that it does not know.</summary>
public static class Garbage
{
    /// <summary>
    /// Collects, and waits until the finalizers of what was found have run, but no longer than so long: a finalizer of the caller's might wait for
    /// the caller.
    /// </summary>
    /// <param name="generation">Up to which generation.</param>
    /// <param name="patience">How long finalizers are waited for.</param>
    public static void Collect(int generation, TimeSpan patience)
    {
        using var done = new ManualResetEventSlim();
        Mark(done);
        GC.Collect(generation, GCCollectionMode.Forced, blocking: true, compacting: false);
        done.Wait(patience);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Mark(ManualResetEventSlim done) => _ = new Finalizers(done);

    /// <summary>Says that the collector has handed what it found to the finalizers.</summary>
    private sealed class Finalizers(ManualResetEventSlim done)
    {
        ~Finalizers()
        {
            try
            {
                done.Set();
            }
            catch (ObjectDisposedException)
            {
                // who waited has gone on
            }
        }
    }
}
