namespace Functional.Interpreter;

/// <summary>
/// Host memory for results that is used again, since fresh pages cost more than what many kernels do with them. Memory comes back when the
/// collector finds that no tensor refers to it any longer; it is asked to look when enough has been lent since it last did. Memory that
/// someone has looked at as a span does not come back, for spans may outlive their tensors: the collector frees that.
/// </summary>
public sealed class HostMemory
{
    private const long Allowance = 16 << 20;
    private const int FewPieces = 4;
    private const int PartOfLive = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(10);

    private readonly Lock gate = new();
    private readonly Dictionary<int, Pieces> idle = [];
    private readonly WeakReference<HostMemory> self; // kept here, for it is finalized itself where only Trimming refers to it
    private long lent;
    private long lentAtLast;
    private long lentAtFull;

    /// <summary>Memory from which nothing has been lent.</summary>
    public HostMemory()
    {
        self = new(this);
        _ = new Trimming(self);
    }

    /// <summary>The bytes that tensors hold, or held until the collector last looked.</summary>
    public long Lent => Volatile.Read(ref lent);

    /// <summary>The bytes that wait to be used again.</summary>
    public long Idle
    {
        get
        {
            lock (gate) return idle.Sum(p => (long)p.Key * p.Value.Count);
        }
    }

    /// <summary>Memory for a number of bytes, whatever stands in it.</summary>
    /// <exception cref="InsufficientMemoryException">More than a managed array holds, 2 GiB.</exception>
    public HostStorage Obtain(long bytes)
    {
        var size = HostStorage.ArrayLength(Rounded(bytes));
        var memory = Take(size);
        if (memory is null && IsDue(size))
        {
            Look(size);
            memory = Take(size);
        }
        Interlocked.Add(ref lent, size);
        memory ??= HostStorage.Allocate(size);
        return new(memory, bytes, new Lease(this, memory));
    }

    /// <summary>Bytes rounded up by at most a sixteenth, so that pieces of like sizes serve each other.</summary>
    private static long Rounded(long bytes)
    {
        var step = 64L;
        while (step * 16 < bytes) step *= 2;
        var rounded = (bytes + step - 1) / step * step;
        return rounded <= HostStorage.Most ? rounded : bytes;
    }

    private bool IsDue(int size) => Lent - lentAtLast is var since && since > Allowance && since > (long)FewPieces * size && since > lentAtLast / PartOfLive;

    /// <summary>Has the collector find what is not referred to: among what is young, and everywhere where it leaves twice as much there as when it last looked everywhere.</summary>
    private void Look(int size)
    {
        Collect(generation: 1);
        if (Lent <= (2 * lentAtFull) + Math.Max(Allowance, FewPieces * (long)size)) return;
        Collect(generation: 2);
        lentAtFull = Lent;
    }

    private void Collect(int generation)
    {
        Garbage.Collect(generation, Patience);
        lentAtLast = Lent;
    }

    private byte[]? Take(int size)
    {
        lock (gate) return idle.TryGetValue(size, out var pieces) ? pieces.Take() : null;
    }

    private void PutBack(byte[] memory)
    {
        Interlocked.Add(ref lent, -memory.Length);
        lock (gate)
        {
            if (!idle.TryGetValue(memory.Length, out var pieces)) idle[memory.Length] = pieces = new();
            pieces.Put(memory);
        }
    }

    private void Trim()
    {
        lock (gate)
        {
            foreach (var (size, pieces) in idle)
                if (pieces.Trim()) idle.Remove(size);
        }
    }

    /// <summary>Pieces of one size that wait.</summary>
    private sealed class Pieces
    {
        private readonly Stack<byte[]> waiting = [];
        private int least;

        public int Count => waiting.Count;

        public byte[]? Take()
        {
            if (!waiting.TryPop(out var memory)) return null;
            least = Math.Min(least, waiting.Count);
            return memory;
        }

        public void Put(byte[] memory) => waiting.Push(memory);

        /// <summary>Lets go of as many as were not needed since the last time; whether none is left.</summary>
        public bool Trim()
        {
            for (; least > 0; least--) waiting.Pop();
            least = waiting.Count;
            return least == 0;
        }
    }

    /// <summary>As long as something refers to this, its memory is not used again.</summary>
    internal sealed class Lease(HostMemory home, byte[] memory) : IDisposable
    {
        /// <summary>Whether someone may look at the memory who does not refer to this.</summary>
        public bool IsExposed { get; set; }

        /// <summary>Has the memory used again at once, for nothing refers to it.</summary>
        public void Dispose()
        {
            if (IsExposed) return;
            GC.SuppressFinalize(this);
            home.PutBack(memory);
        }

        ~Lease()
        {
            if (IsExposed) Interlocked.Add(ref home.lent, -memory.Length);
            else home.PutBack(memory);
        }
    }

    /// <summary>Finalized whenever the collector has looked everywhere.</summary>
    private sealed class Trimming(WeakReference<HostMemory> home)
    {
        ~Trimming()
        {
            if (!home.TryGetTarget(out var memory)) return;
            memory.Trim();
            GC.ReRegisterForFinalize(this);
        }
    }
}
