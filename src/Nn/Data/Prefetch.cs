using System.Collections.Concurrent;

namespace Functional.Nn.Data;

/// <summary>Makes elements ahead on another thread.</summary>
public static class Prefetch
{
    /// <summary>The same elements in the same order, up to <paramref name="ahead"/> of them made while the consumer works; what making one throws, the consumer gets.</summary>
    public static IEnumerable<T> Prefetched<T>(this IEnumerable<T> source, int ahead = 2)
    {
        using var stop = new CancellationTokenSource();
        using var made = new BlockingCollection<T>(ahead);
        var maker = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    foreach (var item in source) made.Add(item, stop.Token);
                }
                finally
                {
                    made.CompleteAdding();
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (var item in made.GetConsumingEnumerable()) yield return item;
            maker.GetAwaiter().GetResult();
        }
        finally
        {
            stop.Cancel();
            ((IAsyncResult)maker).AsyncWaitHandle.WaitOne();
        }
    }
}
