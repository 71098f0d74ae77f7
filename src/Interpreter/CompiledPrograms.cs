namespace Functional.Interpreter;

/// <summary>
/// The programs that an interpreter was last asked to compile, so that each is compiled once while it is in use. There are only so many: when one
/// more comes, that which was asked for longest ago is forgotten, with the memory that it holds between runs. Whoever keeps it may run it on.
/// </summary>
/// <param name="capacity">How many.</param>
public sealed class CompiledPrograms(int capacity = CompiledPrograms.Usual)
{
    /// <summary>How many programs interpreters remember.</summary>
    public const int Usual = 256;

    private readonly Lock gate = new();
    private readonly Dictionary<(UInt128, ValueArray<int>), LinkedListNode<((UInt128, ValueArray<int>) Key, IExecutable Executable)>> remembered = [];
    private readonly LinkedList<((UInt128, ValueArray<int>) Key, IExecutable Executable)> lastFirst = [];

    /// <summary>How many are remembered.</summary>
    public int Count
    {
        get
        {
            lock (gate) return remembered.Count;
        }
    }

    /// <summary>The program as it was compiled before, or compiled now. Threads that ask at once may both compile it; they get the same.</summary>
    /// <param name="program">A closed function.</param>
    /// <param name="donated">The inputs whose memory a run may reuse.</param>
    /// <param name="compile">Makes the program ready to run.</param>
    public IExecutable Get(Function program, ValueArray<int> donated, Func<IExecutable> compile)
    {
        var key = (program.Hash, donated);
        return Recall(key) ?? Remember(key, compile());
    }

    private IExecutable? Recall((UInt128, ValueArray<int>) key)
    {
        lock (gate)
        {
            if (!remembered.TryGetValue(key, out var node)) return null;
            if (lastFirst.First != node)
            {
                lastFirst.Remove(node);
                lastFirst.AddFirst(node);
            }
            return node.Value.Executable;
        }
    }

    private IExecutable Remember((UInt128, ValueArray<int>) key, IExecutable executable)
    {
        lock (gate)
        {
            if (remembered.TryGetValue(key, out var other)) return other.Value.Executable;
            remembered.Add(key, lastFirst.AddFirst((key, executable)));
            if (remembered.Count > capacity)
            {
                remembered.Remove(lastFirst.Last!.Value.Key);
                lastFirst.RemoveLast();
            }
            return executable;
        }
    }
}
