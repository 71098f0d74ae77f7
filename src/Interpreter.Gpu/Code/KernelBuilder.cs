using System.Collections.Immutable;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Gpu.Code;

/// <summary>Writes a kernel down, statement by statement.</summary>
/// <param name="name">What it computes, in a word.</param>
public sealed class KernelBuilder(string name)
{
    private readonly List<DType> arguments = [];
    private readonly List<SharedArray> shared = [];
    private readonly Stack<ImmutableArray<Statement>.Builder> open = new([ImmutableArray.CreateBuilder<Statement>()]);

    /// <summary>The index of the thread's group.</summary>
    public static Value Group { get; } = new Place(PlaceKind.Group);

    /// <summary>The thread's index within its group.</summary>
    public static Value Thread { get; } = new Place(PlaceKind.Thread);

    /// <summary>Memory that the kernel is given next.</summary>
    public Argument Argument(DType type)
    {
        arguments.Add(type);
        return new(type, arguments.Count - 1);
    }

    /// <summary>Memory that the threads of a group share.</summary>
    public SharedArray Shared(DType type, int length)
    {
        shared.Add(new(type, length));
        return shared[^1];
    }

    /// <summary>A value that is computed here, once, and read later.</summary>
    public Local Let(Value value)
    {
        var variable = new Local(value.Type);
        Set(variable, value);
        return variable;
    }

    /// <summary>A variable becomes a value.</summary>
    public void Set(Local variable, Value value) => open.Peek().Add(new Assignment(variable, value));

    /// <summary>Elements that lie side by side become values, by one access.</summary>
    /// <param name="target">Where they are.</param>
    /// <param name="index">The index of the first, a multiple of their number.</param>
    /// <param name="values">The values: 4, 2 or 1.</param>
    public void Put(Memory target, Value index, params ImmutableArray<Value> values) =>
        open.Peek().Add(values is [var only] ? new Write(target, index, only) : new WideWrite(target, index, values));

    /// <summary>Elements that lie side by side, read by one access.</summary>
    /// <param name="source">Where they are.</param>
    /// <param name="index">The index of the first, a multiple of their number.</param>
    /// <param name="count">How many: 4, 2 or 1.</param>
    public Local[] Read(Memory source, Value index, int count)
    {
        if (count == 1) return [Let(source[index])];
        var targets = new Local[count];
        for (var i = 0; i < count; i++) targets[i] = new(source.Type);
        open.Peek().Add(new WideRead([.. targets], source, index));
        return targets;
    }

    /// <summary>Elements that lie side by side, wherever the first is: compilers for processors read them as vectors.</summary>
    public Local[] ReadRun(Memory source, Value index, int count)
    {
        var targets = new Local[count];
        for (var i = 0; i < count; i++) targets[i] = new(source.Type);
        open.Peek().Add(new RunRead([.. targets], source, index));
        return targets;
    }

    /// <summary>The threads of each warp multiply matrices. See <see cref="MatrixMultiplyAccumulate"/>.</summary>
    public void MultiplyAccumulate(MatrixNumbers numbers, ImmutableArray<Local> sums, ImmutableArray<Value> left, ImmutableArray<Value> right) =>
        open.Peek().Add(new MatrixMultiplyAccumulate(numbers, sums, left, right));

    /// <summary>All threads of the group meet.</summary>
    public void Meet() => open.Peek().Add(new Meeting());

    /// <summary>Statements for each number from one to below another.</summary>
    public void For(Value from, Value until, Value step, Action<Value> body)
    {
        var counter = new Local(DType.I32);
        open.Peek().Add(new CountedLoop(counter, from, until, step, Block(() => body(counter))));
    }

    /// <summary>Statements for each number from 0 to below another.</summary>
    public void For(Value count, Action<Value> body) => For(0, count, 1, body);

    /// <summary>Statements where a condition holds.</summary>
    public void If(Value condition, Action body) => open.Peek().Add(new Conditional(condition, Block(body)));

    /// <summary>The same, without a question where the condition is known to hold.</summary>
    public void Where(Value condition, Action body)
    {
        if (condition is Number { Bits: 1 }) body();
        else If(condition, body);
    }

    private ImmutableArray<Statement> Block(Action body)
    {
        open.Push(ImmutableArray.CreateBuilder<Statement>());
        body();
        return open.Pop().ToImmutable();
    }

    /// <summary>The kernel, to be run by so many groups of so many threads.</summary>
    public KernelCode Build(int groups, int threads) => new(name, [.. arguments], [.. shared], groups, threads, open.Peek().ToImmutable());

    /// <summary>The kernel that does something for each of a number of indices, shared out among threads: neighbours to neighbours, or, on processors, to the same.</summary>
    /// <param name="count">How many indices.</param>
    /// <param name="geometry">How many threads.</param>
    /// <param name="body">What is done for an index.</param>
    /// <param name="each">About how many elements are read for an index.</param>
    public KernelCode ForEach(long count, Geometry geometry, Action<Value> body, long each = 1)
    {
        var all = checked((int)count);
        if (geometry.IsProcessor)
        {
            var runs = geometry.Runs(count, each);
            var length = (all + runs - 1) / runs;
            var start = Let(Group * length);
            var end = Let(start + length);
            For(start, runs * (long)length == count ? end : Let(Value.Select(end < all, end, all)), 1, body);
            return Build(runs, 1);
        }
        var (groups, threads) = geometry.Of(count);
        var (first, step) = ((Group * threads) + Thread, groups * threads);
        if (step >= count)
        {
            var index = Let(first);
            if (step == count) body(index);
            else If(index < all, () => body(index));
        }
        else For(first, all, step, body);
        return Build(groups, threads);
    }
}

/// <summary>How work is divided on a device.</summary>
/// <param name="Threads">The most threads of a group.</param>
/// <param name="Processors">How many groups run at a time, each at its full speed.</param>
/// <param name="Cores">What its tensor cores multiply.</param>
/// <param name="VectorBytes">How long vectors are where a processor runs the threads of a group one after another, so that where they meet each leaves its registers to the next; 0 on GPUs.</param>
public readonly record struct Geometry(int Threads, int Processors, TensorCores Cores = TensorCores.None, int VectorBytes = 0)
{
    private const int Waves = 32;
    private const int Resident = 8;
    private const int RunsEach = 4;
    private const int LeastRun = 4096;

    /// <summary>The most threads of a group where groups are so few that a multiprocessor has no other.</summary>
    public int MostThreads { get; init; } = Threads;

    /// <summary>The length of the vectors of the processor that this runs on.</summary>
    public static int VectorBytesHere => Avx512F.IsSupported ? 64 : Vector256.IsHardwareAccelerated ? 32 : 16;

    /// <summary>Whether a processor runs the threads.</summary>
    public bool IsProcessor => VectorBytes > 0;

    /// <summary>How many vectors its registers hold: 16 with AVX2, 32 with AVX-512 and on ARM.</summary>
    public int VectorRegisters => VectorBytes == 32 ? 16 : 32;

    /// <summary>The most groups that it is worth to start for work that each of them may take more of.</summary>
    public int Groups => Processors * Waves;

    /// <summary>The groups that run at a time: work for fewer leaves a device idle.</summary>
    public int Busy => Processors * Resident;

    /// <summary>In how many runs a processor divides so many like pieces of work, each of so many elements: enough that none waits long for another, each worth to start for.</summary>
    public int Runs(long count, long each) => (int)Math.Clamp(count * each / LeastRun, 1, Math.Clamp(count, 1, Processors * RunsEach));

    /// <summary>The threads of a group that halves what it has again and again: a power of two, no more than there is to do.</summary>
    public int Halving(long count)
    {
        var threads = 1;
        while (2 * threads <= Math.Min(count, Threads)) threads *= 2;
        return threads;
    }

    /// <summary>The groups and threads for so many like pieces of work.</summary>
    public (int Groups, int Threads) Of(long count)
    {
        var threads = (int)Math.Clamp(count, 1, Threads);
        return ((int)Math.Clamp((count + threads - 1) / threads, 1, Groups), threads);
    }
}

/// <summary>Which products tensor cores compute.</summary>
public enum TensorCores
{
    /// <summary>None: there are no tensor cores.</summary>
    None,

    /// <summary>Those that lose nothing by it, whose factors are numbers of 16 bits.</summary>
    Halves,

    /// <summary>Those of f32, too, whose factors are rounded to TF32.</summary>
    TF32,
}
