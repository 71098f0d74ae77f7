using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>Where each value of an order of kernels lies: in one arena by liveness, in place where the last use allows, results in memory of their own.</summary>
internal sealed class Layout
{
    private const int Alignment = 64;

    private readonly Kernels kernels;
    private readonly ImmutableArray<int> donated;
    private readonly IReadOnlyDictionary<Expr, (int Kernel, Expr Input)> donations;
    private readonly ImmutableArray<KernelMemory> memory;
    private readonly int[] kept;
    private readonly Dictionary<Expr, int> lastUse = [];
    private readonly Dictionary<Expr, int> born = [];
    private readonly HashSet<Expr> reused = [];
    private readonly List<int> free;
    private readonly Arena arena = new();
    private readonly List<Block> blocks = [];
    private readonly List<int> blockOf = [];
    private long live;

    private Layout(Kernels kernels, int[] order, ImmutableArray<int> donated, IReadOnlyDictionary<Expr, (int Kernel, Expr Input)> donations, ImmutableArray<KernelMemory> memory)
    {
        (this.kernels, this.donated, this.donations, this.memory, kept) = (kernels, donated, donations, memory, new int[order.Length]);
        for (var t = 0; t < order.Length; t++)
            foreach (var read in kernels.All[order[t]].Reads) lastUse[read] = t;
        foreach (var result in kernels.Results) lastUse[result] = int.MaxValue;
        var claimed = donations.Values.Select(d => d.Input).ToHashSet();
        free = [.. donated.Where(i => kernels.Program.Parameters[i] is var p && !kernels.Results.Contains(p) && !claimed.Contains(p))];
        Place(order);
    }

    /// <summary>The layout of kernels in an order.</summary>
    public static Layout Of(Kernels kernels, int[] order, ImmutableArray<int> donated, IReadOnlyDictionary<Expr, (int Kernel, Expr Input)> donations, ImmutableArray<KernelMemory> memory) =>
        new(kernels, order, donated, donations, memory);

    /// <summary>The kernels in order: their values' buffers, their scratch buffer, and that of what they keep from step to step of a loop, −1 where they need none.</summary>
    public List<(KernelNode Kernel, ValueArray<int> Buffers, int Scratch, int Kept)> Steps { get; } = [];

    /// <summary>All buffers.</summary>
    public List<Buffer> Buffers { get; } = [];

    /// <summary>The buffer of each value and view.</summary>
    public Dictionary<Expr, int> BufferOf { get; } = [];

    /// <summary>For each output buffer, the donated input whose memory it takes over, or −1.</summary>
    public List<int> Donors { get; } = [];

    /// <summary>The size of the arena.</summary>
    public long ArenaBytes { get; private set; }

    /// <summary>The outputs that take over no input.</summary>
    private long OutputBytes => Buffers.Where(b => b.Kind == BufferKind.Output && Donors[b.Index] < 0).Sum(b => b.Bytes);

    /// <summary>Arena, and the outputs that take over no input.</summary>
    public long PeakBytes => ArenaBytes + OutputBytes;

    /// <summary>The most bytes of the arena that are in use at once: no placement of this order can do with less.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>What no placement of this order can do with less than, the outputs included.</summary>
    public long LeastBytes => LiveBytes + OutputBytes;

    /// <summary>The step during which most bytes are first in use.</summary>
    public int PeakStep { get; private set; }

    /// <summary>The step that fills a value, and the last that reads it; int.MaxValue for a result.</summary>
    public (int Born, int Dies) Lifetime(Expr value) => (born.GetValueOrDefault(value, -1), lastUse.GetValueOrDefault(value, born.GetValueOrDefault(value, -1)));

    /// <summary>The values of kernels.</summary>
    public IEnumerable<Expr> Values => born.Keys;

    /// <summary>Bytes as the arena counts them.</summary>
    public static long Rounded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private void Place(int[] order)
    {
        var parameters = kernels.Program.Parameters;
        for (var i = 0; i < parameters.Length; i++) Add(parameters[i], new(BufferKind.Input, i, 0, parameters[i].Type.Bytes));
        for (var i = 0; i < kernels.Constants.Length; i++) Add(kernels.Constants[i], new(BufferKind.Constant, i, 0, kernels.Constants[i].Type.Bytes));
        for (var t = 0; t < order.Length; t++) kept[t] = memory[order[t]].Kept is > 0 and var bytes ? Fresh(bytes, 0, order.Length) : -1;
        for (var t = 0; t < order.Length; t++) Place(order[t], t);
        ArenaBytes = arena.Peak;
        foreach (var view in kernels.Views)
            if (BufferOf.TryGetValue(Kernels.Root(view), out var of)) BufferOf[view] = of;
    }

    private void Place(int k, int t)
    {
        var (kernel, temporary) = (kernels.All[k], new List<int>());
        var filled = new int[kernel.Values.Length];
        for (var i = 0; i < filled.Length; i++)
        {
            var value = kernel.Values[i];
            if (value is null)
            {
                temporary.Add(Fresh(kernel.Node.Results[i].Bytes, t, t));
            }
            else
            {
                born[value] = t;
                if (kernels.Results.Contains(value)) Add(value, Output(k, value, t));
                else InArena(kernel, value, t);
            }
            filled[i] = Buffers.Count - 1;
        }
        if (kernel.Pooling is { From: var pooled })
        {
            born[pooled] = t;
            temporary.Add(BufferOf[pooled] = Fresh(memory[k].Result is > 0 and var part ? part : pooled.Type.Bytes, t, t));
        }
        if (kernel.Into is { } into) BufferOf[kernel.Node] = BufferOf[into];
        var scratch = memory[k].Scratch is > 0 and var bytes ? Fresh(bytes, t, t) : -1;
        if (scratch >= 0) temporary.Add(scratch);
        Steps.Add((kernel, [.. filled], scratch, kept[t]));
        if (live > LiveBytes) (LiveBytes, PeakStep) = (live, t);
        foreach (var buffer in temporary) Free(buffer, t);
        foreach (var value in kernel.Reads.Concat(kernel.Values))
            if (value is not null && lastUse.GetValueOrDefault(value, t) <= t && BufferOf[value] is var dead && Buffers[dead].Kind == BufferKind.Arena && !reused.Contains(value))
                Free(dead, t);
    }

    private void Add(Expr value, Buffer buffer, int block = -1)
    {
        BufferOf[value] = Buffers.Count;
        Buffers.Add(buffer);
        blockOf.Add(block);
    }

    private int Fresh(long bytes, int t, int until)
    {
        var rounded = Rounded(bytes);
        live += rounded;
        Buffers.Add(new(BufferKind.Arena, 0, arena.Take(rounded), bytes));
        blockOf.Add(blocks.Count);
        blocks.Add(new(rounded, t, until));
        return Buffers.Count - 1;
    }

    private void Free(int buffer, int t)
    {
        var block = blockOf[buffer];
        live -= blocks[block].Bytes;
        arena.Free(Buffers[buffer].Offset, blocks[block].Bytes);
        blocks[block] = blocks[block] with { Until = t };
    }

    private void InArena(KernelNode kernel, Expr value, int t)
    {
        if (kernel.Loop is not null)
            foreach (var x in kernel.Reads)
                if (lastUse[x] == t && Fits(x, value) && Buffers[BufferOf[x]] is { Kind: BufferKind.Arena } dying && kernel.MayOverwrite(x, value) && reused.Add(x))
                {
                    Add(value, dying, blockOf[BufferOf[x]]);
                    return;
                }
        BufferOf[value] = Fresh(value.Type.Bytes, t, t);
    }

    /// <summary>Places the blocks anew, knowing all of them, where that makes the arena smaller.</summary>
    public Layout Packed()
    {
        if (ArenaBytes == LiveBytes || Block.Pack(blocks) is not { } packed || packed.Bytes >= ArenaBytes) return this;
        ArenaBytes = packed.Bytes;
        for (var i = 0; i < Buffers.Count; i++)
            if (blockOf[i] >= 0) Buffers[i] = Buffers[i] with { Offset = packed.Offsets[blockOf[i]] };
        return this;
    }

    private Buffer Output(int k, Expr value, int t)
    {
        var donor = donations.TryGetValue(value, out var claimed) ? donated.First(i => kernels.Program.Parameters[i] == claimed.Input) : Donor(k, value, t);
        free.Remove(donor);
        Donors.Add(donor);
        return new(BufferKind.Output, Donors.Count - 1, 0, value.Type.Bytes);
    }

    /// <summary>A donated input that nothing reads any more, or that this kernel may write over as it reads it; −1 where there is none.</summary>
    private int Donor(int k, Expr value, int t)
    {
        foreach (var i in free)
        {
            var p = kernels.Program.Parameters[i];
            var last = lastUse.GetValueOrDefault(p, -1);
            if (Fits(p, value) && (last < t || (last == t && kernels.All[k].MayOverwrite(p, value)))) return i;
        }
        return -1;
    }

    private static bool Fits(Expr x, Expr y) => x.Type.Bytes == y.Type.Bytes && x.DType.Size == y.DType.Size;

    /// <summary>
    /// The kernels of results that nothing else reads, each with a donated input that it may write over once all others have read it: so an
    /// update takes the place of what it updates whatever the order.
    /// </summary>
    public static Dictionary<Expr, (int Kernel, Expr Input)> Donations(Kernels kernels, ImmutableArray<int> donated)
    {
        var (readers, read) = (new Dictionary<Expr, List<int>>(), new HashSet<Expr>());
        for (var k = 0; k < kernels.All.Length; k++)
        {
            read.UnionWith(kernels.All[k].Waits);
            foreach (var x in kernels.All[k].Reads)
            {
                read.Add(x);
                if (x.Op is Variable) (readers.TryGetValue(x, out var list) ? list : readers[x] = []).Add(k);
            }
        }
        var given = donated.Select(i => kernels.Program.Parameters[i]).Where(p => !kernels.Results.Contains(p)).ToHashSet();
        bool IsLast(int k) => kernels.All[k].Values.All(v => v is null || !read.Contains(v));

        var (donations, takers) = (new Dictionary<Expr, (int, Expr)>(), new HashSet<int>());
        for (var k = 0; k < kernels.All.Length; k++)
            foreach (var value in kernels.All[k].Values)
            {
                if (value is null || !kernels.Results.Contains(value) || read.Contains(value)) continue;
                var input = kernels.All[k].Reads.FirstOrDefault(x => given.Contains(x) && Fits(x, value) && kernels.All[k].MayOverwrite(x, value) && readers[x].All(r => r == k || (IsLast(k) && !takers.Contains(r))));
                if (input is null || !given.Remove(input)) continue;
                takers.Add(k);
                donations[value] = (k, input);
            }
        return donations;
    }
}
