using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// The order of the elements along an axis: each becomes a key, an unsigned number of the same order, with its place, and keys are sorted by their
/// bytes, the last first, in chunks of a fixed number that count their bytes and then move their items each to its own places.
/// </summary>
internal sealed unsafe class Sorting<T, TItem> where T : unmanaged, IBinaryNumber<T> where TItem : unmanaged, ISortItem<TItem>
{
    private const int Few = 48;
    private const int Values = 256;
    private const int LongLine = 65_536;
    private const int MostChunks = 16;

    private readonly Lines lines;
    private readonly bool descending;
    private readonly int chunks;
    private readonly LoopBody keys;
    private readonly LoopBody count;
    private readonly LoopBody move;
    private readonly LoopBody places;

    private Sorting(SortOrder op)
    {
        (lines, descending) = (Lines.Along(op.X.Shape, op.Axis), op.Descending);
        chunks = lines.Extent > LongLine ? MostChunks : 1;
        (keys, count, move, places) = (Keys, Count, Move, Places);
    }

    /// <summary>One line as it is sorted.</summary>
    private struct Run
    {
        public T* X;
        public int* Y;
        public TItem* Items;
        public TItem* Spare;
        public int* Counts;
        public int Pass;
    }

    private bool IsShort => lines.Extent <= Few;

    private long CountBytes => IsShort ? 0 : sizeof(int) * Values * chunks;

    private long LineBytes => Blocking.Aligned((IsShort ? 1L : 2L) * lines.Extent * sizeof(TItem)) + CountBytes;

    private Parts Parts => Parts.Of(lines.Count, 8 * lines.Size);

    /// <summary>The bytes for a line's items, twice, and their counts, for each thread that sorts lines.</summary>
    public static long Scratch(SortOrder op, int threads) => op.X.Shape.Size == 0 ? 0 : new Sorting<T, TItem>(op) is var s ? s.LineBytes * s.Parts.Workers(threads) : 0;

    /// <summary>The kernel.</summary>
    public static Kernel Kernel(SortOrder op, int from, int to, int scratch)
    {
        if (op.X.Shape.Size == 0) return _ => { };
        var sorting = new Sorting<T, TItem>(op);
        var lines = sorting.lines;
        return sorting.Parts.Kernel((frame, first, until, worker) =>
        {
            for (var line = first; line < until; line++)
            {
                var memory = frame[scratch] + worker * sorting.LineBytes;
                sorting.Sort(frame, (T*)frame[from] + lines.Start(line), (int*)frame[to] + lines.Start(line), memory);
            }
        });
    }

    private void Sort(Frame frame, T* x, int* y, byte* memory)
    {
        var items = (TItem*)(memory + CountBytes);
        var run = new Run { X = x, Y = y, Items = items, Spare = items + lines.Extent, Counts = (int*)memory };
        frame.Pool.For(chunks, frame, keys, &run);
        if (IsShort) Insert(items, lines.Extent);
        else
        {
            for (; run.Pass < TItem.Bytes; run.Pass++)
            {
                frame.Pool.For(chunks, frame, count, &run);
                if (!Begin(run.Counts)) continue;
                frame.Pool.For(chunks, frame, move, &run);
                var sorted = run.Spare;
                run.Spare = run.Items;
                run.Items = sorted;
            }
        }
        frame.Pool.For(chunks, frame, places, &run);
    }

    private (int First, int Until) Range(int chunk) => ((int)((long)lines.Extent * chunk / chunks), (int)((long)lines.Extent * (chunk + 1) / chunks));

    private void Keys(Frame frame, void* arguments, int chunk, int worker)
    {
        var run = (Run*)arguments;
        var (first, until) = Range(chunk);
        for (var i = first; i < until; i++) run->Items[i] = TItem.Of(Key(run->X[i * lines.Inner]), i);
    }

    private void Count(Frame frame, void* arguments, int chunk, int worker)
    {
        var run = (Run*)arguments;
        var (first, until) = Range(chunk);
        var items = run->Items;
        var counts = run->Counts + chunk * Values;
        var pass = run->Pass;
        new Span<int>(counts, Values).Clear();
        for (var i = first; i < until; i++) counts[items[i].Byte(pass)]++;
    }

    /// <summary>Makes of the chunks' counts where each chunk's items of each value begin; false where all items have the same value.</summary>
    private bool Begin(int* counts)
    {
        var at = 0;
        for (var value = 0; value < Values; value++)
        {
            var before = at;
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                ref var here = ref counts[chunk * Values + value];
                (here, at) = (at, at + here);
            }
            if (at - before == lines.Extent) return false;
        }
        return true;
    }

    private void Move(Frame frame, void* arguments, int chunk, int worker)
    {
        var run = (Run*)arguments;
        var (first, until) = Range(chunk);
        TItem* items = run->Items, spare = run->Spare;
        var next = run->Counts + chunk * Values;
        var pass = run->Pass;
        for (var i = first; i < until; i++) spare[next[items[i].Byte(pass)]++] = items[i];
    }

    private void Places(Frame frame, void* arguments, int chunk, int worker)
    {
        var run = (Run*)arguments;
        var (first, until) = Range(chunk);
        for (var i = first; i < until; i++) run->Y[i * lines.Inner] = run->Items[i].Place;
    }

    private static void Insert(TItem* items, int count)
    {
        for (var i = 1; i < count; i++)
        {
            var (item, at) = (items[i], i);
            for (; at > 0 && item.IsBefore(items[at - 1]); at--) items[at] = items[at - 1];
            items[at] = item;
        }
    }

    /// <summary>An unsigned number in the order of the elements: both zeros the same, NaN last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Key(T x)
    {
        if (T.IsNaN(x)) return sizeof(T) == 8 ? ulong.MaxValue : uint.MaxValue;
        ulong key;
        if (typeof(T) == typeof(float)) key = Ordered(Unsafe.BitCast<T, int>(x + T.Zero));
        else if (typeof(T) == typeof(double)) key = Ordered(Unsafe.BitCast<T, long>(x + T.Zero));
        else if (typeof(T) == typeof(int)) key = (uint)Unsafe.BitCast<T, int>(x) ^ 1u << 31;
        else if (typeof(T) == typeof(long)) key = (ulong)Unsafe.BitCast<T, long>(x) ^ 1ul << 63;
        else key = Unsafe.BitCast<T, byte>(x);
        return !descending ? key : sizeof(T) == 8 ? ~key : ~(uint)key;
    }

    private static uint Ordered(int bits) => (uint)(bits < 0 ? ~bits : bits ^ int.MinValue);

    private static ulong Ordered(long bits) => (ulong)(bits < 0 ? ~bits : bits ^ long.MinValue);
}

/// <summary>A key with its place.</summary>
internal interface ISortItem<TSelf>
{
    /// <summary>The bytes of a key.</summary>
    static abstract int Bytes { get; }

    int Place { get; }

    static abstract TSelf Of(ulong key, int place);

    /// <summary>A byte of the key, the last first.</summary>
    int Byte(int i);

    bool IsBefore(TSelf other);
}

/// <summary>A key of four bytes, above its place.</summary>
internal readonly struct ShortItem(ulong bits) : ISortItem<ShortItem>
{
    private readonly ulong bits = bits;

    public static int Bytes => 4;

    public int Place => (int)bits;

    public static ShortItem Of(ulong key, int place) => new(key << 32 | (uint)place);

    public int Byte(int i) => (byte)(bits >> (32 + 8 * i));

    public bool IsBefore(ShortItem other) => bits < other.bits;
}

/// <summary>A key of eight bytes.</summary>
internal readonly struct LongItem(ulong key, int place) : ISortItem<LongItem>
{
    private readonly ulong key = key;

    public static int Bytes => 8;

    public int Place { get; } = place;

    public static LongItem Of(ulong key, int place) => new(key, place);

    public int Byte(int i) => (byte)(key >> (8 * i));

    public bool IsBefore(LongItem other) => key < other.key;
}
