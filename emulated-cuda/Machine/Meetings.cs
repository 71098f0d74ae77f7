using EmulatedCuda.Ptx;

namespace EmulatedCuda.Machine;

/// <summary>
/// Where threads that a branch parts meet again: at its immediate post-dominator, the first statement through which every way from it leads.
/// Cooper, Harvey, Kennedy, A Simple, Fast Dominance Algorithm, 2001, along the ways back.
/// </summary>
internal static class Meetings
{
    /// <summary>For each statement the one where the ways from it meet; behind the last, which is the end, where they do so nowhere else.</summary>
    public static int[] Of(IReadOnlyList<Statement> statements, Dictionary<string, int> labels)
    {
        var end = statements.Count;
        var next = statements.Select((s, i) => Next(s, i, labels, end)).ToArray();
        var order = BackFrom(end, next);
        var rank = new int[end + 1];
        Array.Fill(rank, -1);
        for (var i = 0; i < order.Count; i++) rank[order[i]] = i;
        var meeting = new int[end + 1];
        Array.Fill(meeting, -1);
        meeting[end] = end;
        int Common(int a, int b)
        {
            while (a != b)
            {
                while (rank[a] > rank[b]) a = meeting[a];
                while (rank[b] > rank[a]) b = meeting[b];
            }
            return a;
        }
        for (var isChanged = true; isChanged;)
        {
            isChanged = false;
            foreach (var s in order.Skip(1))
            {
                var found = next[s].Where(n => meeting[n] >= 0).Aggregate(Common);
                isChanged |= meeting[s] != found;
                meeting[s] = found;
            }
        }
        return meeting;
    }

    private static int[] Next(Statement s, int place, Dictionary<string, int> labels, int end) => s.Parts[0] switch
    {
        "bra" when s.Guard is null => [labels[s.Operands[0]]],
        "bra" => [labels[s.Operands[0]], place + 1],
        "ret" or "exit" when s.Guard is null => [end],
        _ => [place + 1],
    };

    /// <summary>All statements from which there is a way to the end, each behind one that follows it: in reverse post-order of the ways back.</summary>
    private static List<int> BackFrom(int end, int[][] next)
    {
        var before = Enumerable.Range(0, end + 1).Select(_ => new List<int>()).ToArray();
        for (var i = 0; i < end; i++)
            foreach (var n in next[i]) before[n].Add(i);
        var (seen, order, stack) = (new bool[end + 1], new List<int>(), new Stack<(int Statement, int Done)>());
        seen[end] = true;
        stack.Push((end, 0));
        while (stack.TryPop(out var at))
        {
            if (at.Done == before[at.Statement].Count)
            {
                order.Add(at.Statement);
                continue;
            }
            stack.Push((at.Statement, at.Done + 1));
            var earlier = before[at.Statement][at.Done];
            if (seen[earlier]) continue;
            seen[earlier] = true;
            stack.Push((earlier, 0));
        }
        order.Reverse();
        return order;
    }
}
