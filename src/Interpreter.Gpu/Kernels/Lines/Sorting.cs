using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Sorts lines by merging: an element becomes an item, a key in whose order integers are compared with its place, so that no two items are equal
/// and the order is stable. In a run of twice the length its place is that within its own half, and the number of items before it in the other half,
/// which is found by halving. Runs that fit are merged in shared memory; longer ones by a kernel for each doubling: O(n log² n) comparisons.
/// </summary>
/// <param name="lines">How many lines.</param>
/// <param name="extent">How many elements each has.</param>
/// <param name="keys">The type of the keys: i32, whose item is one i64, or i64, whose item is key and place.</param>
/// <param name="geometry">How work is divided.</param>
internal sealed class Sorting(int lines, int extent, DType keys, Geometry geometry)
{
    /// <summary>How many items a thread holds while the group writes them to their new places.</summary>
    private const int Each = 4;

    private const int LeastThreads = 64;

    private static readonly Number Low = new(DType.I64, uint.MaxValue);

    private int Whole { get; } = PowerOfTwo(extent);

    private int Most { get; } = Each * PowerOfTwo(geometry.IsProcessor ? LeastThreads : geometry.Threads / 2 + 1);

    /// <summary>The items of a group's shared memory.</summary>
    private int Tile => (int)Math.Min(Most, Math.Max(Each, PowerOfTwo(lines * (long)Whole)));

    /// <summary>How far a group sorts a line by itself.</summary>
    private int Run => Math.Min(Whole, Most);

    /// <summary>How far apart lines of items begin: what a line is filled up with comes last in it.</summary>
    public int Pitch => (extent + Run - 1) / Run * Run;

    private long Items => (((lines * (long)Pitch) + Tile - 1) / Tile) * Tile;

    /// <summary>The types of an item's parts.</summary>
    private DType[] Parts => keys == DType.I64 ? [DType.I64, DType.I32] : [DType.I64];

    /// <summary>A key that no other is above.</summary>
    private Number Last => new(keys, keys == DType.I64 ? long.MaxValue : int.MaxValue);

    /// <summary>The place of an item of a key of type i32.</summary>
    public static Value PlaceIn(Value item) => (item & Low).To(DType.I32);

    /// <summary>What is not above the items of a key of type i32, and above those of lesser keys.</summary>
    public static Value Least(Value key) => key.To(DType.I64) << 32;

    /// <summary>The order of each line's elements.</summary>
    /// <param name="passes">What is added to.</param>
    /// <param name="from">What is sorted.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="key">An element's key, given the memory, its line and its place there.</param>
    /// <param name="to">Where the order goes.</param>
    /// <param name="element">Where that of a place in a line is.</param>
    public void Order(Passes passes, Piece from, DType type, Func<Argument, Value, Value, Value> key, Piece to, Func<Value, Value, Value> element) =>
        _ = Sorted(passes, from, type, key, to, element);

    /// <summary>The items of each line in order.</summary>
    public Piece[] Sorted(Passes passes, Piece from, DType type, Func<Argument, Value, Value, Value> key) => Sorted(passes, from, type, key, null, null);

    private Piece[] Sorted(Passes passes, Piece from, DType type, Func<Argument, Value, Value, Value> key, Piece? to, Func<Value, Value, Value>? element)
    {
        var isShort = Run == Whole;
        var here = isShort && to is not null ? [] : Scratch(passes);
        passes.Add(() => InTiles(type, key, isShort ? element : null), [from, .. isShort && to is { } at ? [at] : here]);
        var there = isShort || (Whole == 2 * Run && to is not null) ? [] : Scratch(passes);
        for (var run = Run; run < Whole; run *= 2)
        {
            var (length, isLast) = (run, 2 * run == Whole && to is not null);
            passes.Add(() => Merge(length, isLast ? element : null), [.. here, .. isLast ? [to!.Value] : there]);
            (here, there) = (there, here);
        }
        return here;
    }

    private Piece[] Scratch(Passes passes) => [.. Parts.Select(type => passes.Elements(type, Items))];

    /// <summary>Sorts runs in shared memory.</summary>
    private KernelCode InTiles(DType type, Func<Argument, Value, Value, Value> key, Func<Value, Value, Value>? element)
    {
        var k = new KernelBuilder("sort");
        var (x, threads) = (k.Argument(type), Tile / Each);
        Argument[] to = element is null ? [.. Parts.Select(k.Argument)] : [k.Argument(DType.I32)];
        SharedArray[] items = [.. Parts.Select(t => k.Shared(t, Tile))];
        var tiles = (int)(Items / Tile);
        var groups = Math.Min(tiles, geometry.Groups);
        Value[] own = [.. Enumerable.Range(0, Each).Select(e => (Value)k.Let(KernelBuilder.Thread + (e * threads)))];
        k.For(KernelBuilder.Group, tiles, groups, tile =>
        {
            var at = own.Select(i => (Value)k.Let((tile * Tile) + i)).ToArray();
            for (var e = 0; e < Each; e++)
            {
                var (line, place) = (k.Let(at[e] / Pitch), k.Let(at[e] % Pitch));
                var isThere = k.Let((line < lines) & (place < extent));
                var found = key(x, Value.Select(isThere, line, 0), Value.Select(isThere, place, 0));
                Put(k, items, own[e], Item(Value.Select(isThere, found, Last), place));
            }
            k.Meet();
            k.For(int.Log2(Run), doubling =>
            {
                var run = k.Let((Value)1 << doubling);
                var next = Merged(k, run, doubling, items, own, place => place, null);
                k.Meet();
                foreach (var (place, item) in next) Put(k, items, place, item);
                k.Meet();
            });
            for (var e = 0; e < Each; e++)
            {
                if (element is null)
                {
                    Put(k, to, at[e], Read(items, own[e]));
                    continue;
                }
                var (line, place) = (k.Let(at[e] / Pitch), k.Let(at[e] % Pitch));
                k.If((line < lines) & (place < extent), () => k.Put(to[0], element(line, place), PlaceOf(Read(items, own[e]))));
            }
            k.Meet();
        });
        return k.Build(groups, threads);
    }

    /// <summary>Merges runs of a length two by two; the last of a line may be shorter, or without another.</summary>
    private KernelCode Merge(int run, Func<Value, Value, Value>? element)
    {
        var k = new KernelBuilder("merge");
        Argument[] from = [.. Parts.Select(k.Argument)];
        Argument[] to = element is null ? [.. Parts.Select(k.Argument)] : [k.Argument(DType.I32)];
        return k.ForEach(lines * (long)Pitch, geometry, at =>
        {
            var (line, own) = (k.Let(at / Pitch), k.Let(at % Pitch));
            var start = k.Let(line * Pitch);
            var (place, item) = Merged(k, run, int.Log2(run), from, [own], place => start + place, Pitch)[0];
            if (element is null) Put(k, to, start + place, item);
            else k.If(place < extent, () => k.Put(to[0], element(line, place), PlaceOf(item)));
        });
    }

    /// <summary>Items and their places in runs of twice a length, from their places in those of the length.</summary>
    private static (Value Place, Value[] Item)[] Merged(KernelBuilder k, Value run, Value log, Memory[] from, Value[] own, Func<Value, Value> at, int? length)
    {
        var all = own.Select(i =>
        {
            Value[] item = [.. Read(from, at(i)).Select(v => (Value)k.Let(v))];
            return (Item: item, Other: k.Let((i ^ run) & ((Value)0 - run)), Before: k.Let(0));
        }).ToArray();
        void Look(Value ahead)
        {
            foreach (var (item, other, before) in all)
            {
                var probe = k.Let(other + before + ahead - 1);
                var isThere = length is { } end ? k.Let(probe < end) : Value.True;
                var isBefore = Precedes(Read(from, at(length is null ? probe : Value.Select(isThere, probe, 0))), item);
                k.Set(before, before + Value.Select(isThere & isBefore, ahead, 0));
            }
        }
        k.For(log, n => Look(k.Let(run >> (n + 1))));
        Look(1);
        return [.. own.Zip(all, (i, found) => ((Value)k.Let((i & ((Value)0 - (run * 2))) + (i & (run - 1)) + found.Before), found.Item))];
    }

    private static Value[] Read(Memory[] from, Value at) => [.. from.Select(part => part[at])];

    private static void Put(KernelBuilder k, Memory[] to, Value at, Value[] item)
    {
        for (var part = 0; part < to.Length; part++) k.Put(to[part], at, item[part]);
    }

    private Value[] Item(Value key, Value place) => keys == DType.I64 ? [key, place] : [(key.To(DType.I64) << 32) | place.To(DType.I64)];

    private static Value PlaceOf(Value[] item) => item is [_, var place] ? place : PlaceIn(item[0]);

    private static Value Precedes(Value[] x, Value[] y) => x is [var key, var place] ? (key < y[0]) | (key.Is(y[0]) & (place < y[1])) : x[0] < y[0];

    private static int PowerOfTwo(long least) => checked((int)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, least)));
}
