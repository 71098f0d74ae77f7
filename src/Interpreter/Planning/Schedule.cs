namespace Functional.Interpreter;

/// <summary>
/// Orders of a program's kernels, each topological. They do not change what a program computes, only how much memory lives at once.
/// List scheduling after Sethi ("Complete register allocation problems", 1975), whose problem is NP-complete: hence heuristics.
/// </summary>
internal sealed class Schedule
{
    private readonly Kernels kernels;
    private readonly int[][] users;
    private readonly int[] waiting;
    private readonly long[] awaited;
    private readonly Dictionary<Expr, int> values = [];
    private readonly int[][] reads;
    private readonly long[] bytes;
    private readonly long[] allocates;

    /// <summary>The orders' common ground.</summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="donations">Kernels that take over an input's memory, and so wait for its other readers.</param>
    public Schedule(Kernels kernels, IReadOnlyDictionary<Expr, (int Kernel, Expr Input)> donations)
    {
        this.kernels = kernels;
        var count = kernels.All.Length;
        var producer = new List<int>();
        for (var k = 0; k < count; k++)
            foreach (var value in kernels.All[k].Values)
                if (value is not null)
                {
                    values[value] = producer.Count;
                    producer.Add(k);
                }
        (reads, bytes, allocates, waiting) = (new int[count][], new long[producer.Count], new long[count], new int[count]);
        foreach (var (value, i) in values)
            bytes[i] = kernels.Results.Contains(value) ? 0 : Layout.Rounded(value.Type.Bytes);
        var (readersOf, follow) = (new Dictionary<Expr, List<int>>(), Enumerable.Range(0, count).Select(_ => new List<int>()).ToArray());
        for (var k = 0; k < count; k++)
        {
            var kernel = kernels.All[k];
            reads[k] = [.. kernel.Reads.Where(values.ContainsKey).Select(x => values[x])];
            allocates[k] = kernel.Values.Sum(v => v is null ? 0 : bytes[values[v]]);
            foreach (var v in reads[k].Concat(kernel.Waits.Where(values.ContainsKey).Select(x => values[x])))
                if (producer[v] != k) follow[producer[v]].Add(k);
            foreach (var x in kernel.Reads)
                if (x.Op is Variable) (readersOf.TryGetValue(x, out var list) ? list : readersOf[x] = []).Add(k);
        }
        foreach (var (k, input) in donations.Values)
            foreach (var reader in readersOf[input])
                if (reader != k) follow[reader].Add(k);
        users = [.. follow.Select(f => f.Distinct().ToArray())];
        awaited = new long[count];
        for (var k = 0; k < count; k++)
            foreach (var user in users[k])
            {
                waiting[user]++;
                awaited[user] += k;
            }
    }

    /// <summary>Depth first, as the results ask for their kernels.</summary>
    public int[] PostOrder() => List(_ => false);

    /// <summary>As the results ask, but a kernel that frees as much as it allocates at once.</summary>
    public int[] Eager() => List(net => net >= 0);

    /// <summary>Always the kernel that frees the most beyond what it allocates.</summary>
    public int[] Greedy() => List(_ => true);

    /// <summary>
    /// List scheduling: the ready kernel that frees most beyond what it allocates, those that it alone makes ready and that free something
    /// counted with it, where <paramref name="now"/> says so of that net, else the first in post-order.
    /// </summary>
    private int[] List(Func<long, bool> now)
    {
        var count = kernels.All.Length;
        var (left, missing, readers, holders) = ((int[])waiting.Clone(), (long[])awaited.Clone(), new int[bytes.Length], new long[bytes.Length]);
        for (var k = 0; k < count; k++)
            foreach (var v in reads[k])
            {
                readers[v]++;
                holders[v] += k;
            }
        var net = new long[count];
        for (var k = 0; k < count; k++) net[k] = reads[k].Sum(v => readers[v] == 1 ? bytes[v] : 0) - allocates[k];
        var (byPlace, byNet, done) = (new PriorityQueue<int, int>(), new PriorityQueue<(int Kernel, long Net), (long, int)>(), new bool[count]);
        var (gain, counted) = ((long[])net.Clone(), new long[count]);
        void Rank(int k)
        {
            if (left[k] == 0 && !done[k]) byNet.Enqueue((k, gain[k]), (-gain[k], k));
            if (left[k] != 1 || counted[k] == Math.Max(0, net[k])) return;
            var last = (int)missing[k];
            gain[last] += Math.Max(0, net[k]) - counted[k];
            counted[k] = Math.Max(0, net[k]);
            if (left[last] == 0) byNet.Enqueue((last, gain[last]), (-gain[last], last));
        }
        for (var k = 0; k < count; k++)
        {
            if (left[k] == 0) byPlace.Enqueue(k, k);
            Rank(k);
        }
        var order = new int[count];
        for (var t = 0; t < count; t++)
        {
            var k = Next(byPlace, byNet, done, gain, now);
            (order[t], done[k]) = (k, true);
            foreach (var user in users[k])
            {
                missing[user] -= k;
                if (--left[user] == 0) byPlace.Enqueue(user, user);
                Rank(user);
            }
            foreach (var v in reads[k])
            {
                holders[v] -= k;
                if (--readers[v] != 1) continue;
                var last = (int)holders[v];
                net[last] += bytes[v];
                gain[last] += bytes[v];
                Rank(last);
            }
        }
        return order;
    }

    private static int Next(PriorityQueue<int, int> byPlace, PriorityQueue<(int Kernel, long Net), (long, int)> byNet, bool[] done, long[] gain, Func<long, bool> now)
    {
        while (byNet.TryPeek(out var best, out _))
        {
            if (!done[best.Kernel] && gain[best.Kernel] == best.Net)
            {
                if (!now(best.Net)) break;
                byNet.Dequeue();
                return best.Kernel;
            }
            byNet.Dequeue();
        }
        while (done[byPlace.Peek()]) byPlace.Dequeue();
        return byPlace.Dequeue();
    }
}
