using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Functional.Interpreter.Gpu.Code;

/// <summary>
/// What a kernel means: its groups run one after another, the threads of a group together, statement by statement, each with variables of its
/// own; those for which a condition does not hold sit the conditional out. A kernel whose result depends on which thread comes first, or that
/// reads what is not there, has no meaning, and a <see cref="KernelFault"/> says so.
/// </summary>
public sealed class Execution
{
    private readonly KernelCode code;
    private readonly Accesses accesses;
    private readonly Dictionary<Local, Variable> variables = [];

    /// <summary>Values of the statement at hand, for the threads at hand.</summary>
    private readonly Dictionary<Value, long[]> known = new(ReferenceEqualityComparer.Instance);

    private BankRounds? rounds;
    private int group;

    private Execution(KernelCode code, Accesses accesses) => (this.code, this.accesses) = (code, accesses);

    /// <summary>What a variable is for each thread, and whether it is anything.</summary>
    private sealed record Variable(long[] Values, bool[] IsSet);

    /// <summary>Runs a kernel on some memory, of which pieces may overlap.</summary>
    /// <param name="code">The kernel.</param>
    /// <param name="memory">The memory, a piece for each argument.</param>
    /// <exception cref="KernelFault">The kernel has no meaning on this memory.</exception>
    public static void Run(KernelCode code, params ReadOnlySpan<Memory<byte>> memory) => Run(code, null, memory);

    /// <summary>Runs a kernel on some memory, and counts the rounds that shared memory takes.</summary>
    internal static unsafe void Run(KernelCode code, BankRounds? rounds, params ReadOnlySpan<Memory<byte>> memory)
    {
        var (pins, pieces) = (new MemoryHandle[memory.Length], new (nint, long)[memory.Length]);
        try
        {
            for (var i = 0; i < pins.Length; i++)
            {
                pins[i] = memory[i].Pin();
                pieces[i] = ((nint)pins[i].Pointer, memory[i].Length);
            }
            Run(code, pieces, rounds);
        }
        finally
        {
            foreach (var pin in pins) pin.Dispose();
        }
    }

    /// <summary>Runs a kernel on memory that stays where it is.</summary>
    internal static void Run(KernelCode code, ReadOnlySpan<(nint Address, long Bytes)> memory, BankRounds? rounds = null)
    {
        if (memory.Length != code.Arguments.Length) throw new ArgumentException($"{code.Name} is given {memory.Length} pieces of memory, not {code.Arguments.Length}", nameof(memory));
        var execution = new Execution(code, new(code, memory)) { rounds = rounds };
        var all = Enumerable.Range(0, code.Threads).ToArray();
        for (execution.group = 0; execution.group < code.Groups; execution.group++)
        {
            execution.variables.Clear();
            execution.accesses.Begin(execution.group);
            execution.Block(code.Body, all);
        }
    }

    private KernelFault Fault(int thread, string what) => new(code, group, thread, what);

    private void Block(ImmutableArray<Statement> body, int[] threads)
    {
        if (threads.Length == 0) return;
        foreach (var statement in body) Do(statement, threads);
    }

    private void Do(Statement statement, int[] threads)
    {
        known.Clear();
        switch (statement)
        {
            case Assignment a:
                Set(a.Target, Of(a.Value, threads), threads);
                break;
            case Write w:
                var (index, value) = (Index(w.Target, w.Index, threads), Of(w.Value, threads));
                rounds?.Add(w.Target, index, threads, 1);
                foreach (var t in threads) accesses.Write(w.Target, index[t], value[t], t);
                break;
            case WideRead r:
                var at = Together(r.Source, r.Index, r.Targets.Length, threads);
                rounds?.Add(r.Source, at, threads, r.Targets.Length);
                Read(r.Targets, r.Source, at, threads);
                break;
            case WideWrite w:
                var first = Together(w.Target, w.Index, w.Values.Length, threads);
                var values = w.Values.Select(v => Of(v, threads)).ToArray();
                rounds?.Add(w.Target, first, threads, values.Length);
                for (var i = 0; i < values.Length; i++)
                    foreach (var t in threads) accesses.Write(w.Target, first[t] + i, values[i][t], t);
                break;
            case RunRead r:
                Read(r.Targets, r.Source, Index(r.Source, r.Index, threads), threads);
                break;
            case MatrixMultiplyAccumulate m:
                Do(m, threads);
                break;
            case Conditional c:
                var holds = Of(c.Condition, threads);
                Block(c.Body, [.. threads.Where(t => holds[t] != 0)]);
                break;
            case CountedLoop loop:
                Do(loop, threads);
                break;
            default:
                if (threads.Length < code.Threads) throw Fault(Enumerable.Range(0, code.Threads).Except(threads).First(), "is not where the others of its group meet");
                accesses.Meet();
                break;
        }
    }

    /// <summary>An index, of which what it is counted from is inside.</summary>
    private long[] Index(Memory of, Value index, int[] threads)
    {
        if (of is SharedArray array && SharedArray.Counted(index) is var (start, distance) && Of(start, threads) is var from)
            foreach (var t in threads)
                if (from[t] < 0 || from[t] >= array.Length) throw Fault(t, $"counts {distance} from {from[t]}, of {array.Length} elements");
        return Of(index, threads);
    }

    /// <summary>The index of the first of some elements that are accessed together.</summary>
    private long[] Together(Memory of, Value index, int count, int[] threads)
    {
        var at = Index(of, index, threads);
        var start = of is SharedArray && SharedArray.Counted(index) is var (from, _) ? Of(from, threads) : at;
        foreach (var t in threads)
            if (at[t] % count != 0 || start[t] % count != 0 || !accesses.IsAligned(of, at[t], count))
                throw Fault(t, $"accesses {count} elements of {of.Type.Text} together from {at[t]} on, counted from {start[t]}, which do not lie at a multiple of {count * of.Type.Size} bytes");
        return at;
    }

    private void Read(ImmutableArray<Local> targets, Memory source, long[] index, int[] threads)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            var values = new long[code.Threads];
            foreach (var t in threads) values[t] = accesses.Read(source, index[t] + i, t);
            Set(targets[i], values, threads);
        }
    }

    private void Do(MatrixMultiplyAccumulate m, int[] threads)
    {
        var (left, right, sums) = (m.Left.Select(v => Of(v, threads)).ToArray(), m.Right.Select(v => Of(v, threads)).ToArray(), m.Sums.Select(v => Of(v, threads)).ToArray());
        var results = m.Sums.Select(_ => new long[code.Threads]).ToArray();
        foreach (var warp in threads.GroupBy(t => t / Fragments.Lanes))
        {
            var first = warp.Key * Fragments.Lanes;
            if (warp.Count() < Fragments.Lanes) throw Fault(warp.First(), "multiplies matrices where others of its warp do not");
            var (per, depth) = (m.Numbers.PerWord(), Fragments.Words * m.Numbers.PerWord());
            var (a, b) = (new float[Fragments.Rows, depth], new float[depth, Fragments.Columns]);
            for (var lane = 0; lane < Fragments.Lanes; lane++)
                for (var n = 0; n < per; n++)
                {
                    float Number(long word) => m.Numbers.Number(word, n) ?? throw Fault(first + lane, $"multiplies the number of bits {word}, which {m.Numbers} does not have");
                    for (var i = 0; i < left.Length; i++)
                        a[Fragments.Row(lane) + Fragments.Left(i).Row, ((Fragments.Along(lane) + Fragments.Left(i).Word) * per) + n] = Number(left[i][first + lane]);
                    for (var i = 0; i < right.Length; i++) b[((Fragments.Along(lane) + Fragments.RightWord(i)) * per) + n, Fragments.Row(lane)] = Number(right[i][first + lane]);
                }
            for (var lane = 0; lane < Fragments.Lanes; lane++)
                for (var i = 0; i < sums.Length; i++)
                {
                    var (row, column) = (Fragments.Row(lane) + Fragments.Sum(i).Row, (2 * Fragments.Along(lane)) + Fragments.Sum(i).Column);
                    var sum = BitConverter.Int32BitsToSingle((int)sums[i][first + lane]);
                    for (var d = 0; d < depth; d++) sum = MathF.FusedMultiplyAdd(a[row, d], b[d, column], sum);
                    results[i][first + lane] = BitConverter.SingleToInt32Bits(sum);
                }
        }
        for (var i = 0; i < results.Length; i++) Set(m.Sums[i], results[i], threads);
    }

    private void Do(CountedLoop loop, int[] threads)
    {
        Set(loop.Counter, Of(loop.From, threads), threads);
        var end = (long[])Of(loop.Until, threads).Clone();
        while (true)
        {
            known.Clear();
            var (counter, until) = (Of(loop.Counter, threads), Of(loop.Until, threads));
            foreach (var t in threads)
                if (until[t] != end[t]) throw Fault(t, $"moves the end of a loop from {end[t]} to {until[t]}");
            threads = [.. threads.Where(t => counter[t] < until[t])];
            if (threads.Length == 0) return;
            Block(loop.Body, threads);
            known.Clear();
            var (at, step, next) = (Of(loop.Counter, threads), Of(loop.Step, threads), new long[code.Threads]);
            foreach (var t in threads)
            {
                next[t] = at[t] + step[t];
                if (step[t] <= 0 || next[t] > int.MaxValue) throw Fault(t, $"steps from {at[t]} by {step[t]}");
            }
            Set(loop.Counter, next, threads);
        }
    }

    private void Set(Local target, long[] values, int[] threads)
    {
        if (!variables.TryGetValue(target, out var variable)) variables[target] = variable = new(new long[code.Threads], new bool[code.Threads]);
        foreach (var t in threads) (variable.Values[t], variable.IsSet[t]) = (values[t], true);
    }

    private long[] Of(Value v, int[] threads)
    {
        if (known.TryGetValue(v, out var values)) return values;
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return known[v] = Computed(v, threads);
    }

    private long[] Computed(Value v, int[] threads)
    {
        var inputs = new long[v.Inputs.Length][];
        for (var i = 0; i < inputs.Length; i++) inputs[i] = Of(v.Inputs[i], threads);
        var (result, x) = (new long[code.Threads], inputs.Length > 0 ? inputs[0] : []);
        switch (v)
        {
            case Number n:
                Array.Fill(result, n.Bits);
                break;
            case Local variable:
                variables.TryGetValue(variable, out var held);
                foreach (var t in threads) result[t] = held is not null && held.IsSet[t] ? held.Values[t] : throw Fault(t, "reads a variable that is not set");
                break;
            case Place p:
                foreach (var t in threads) result[t] = p.Kind == PlaceKind.Group ? group : t;
                break;
            case Element e:
                Index(e.Of, e.Inputs[0], threads);
                rounds?.Add(e.Of, x, threads, 1);
                foreach (var t in threads) result[t] = accesses.Read(e.Of, x[t], t);
                break;
            case Selection:
                foreach (var t in threads) result[t] = x[t] != 0 ? inputs[1][t] : inputs[2][t];
                break;
            case UnaryValue u:
                foreach (var t in threads) result[t] = Meaning.Of(u.Kind, u.Type, x[t]);
                break;
            case BinaryValue b:
                foreach (var t in threads) result[t] = Meaning.Of(b.Kind, b.Inputs[0].Type, x[t], inputs[1][t]) ?? throw Fault(t, $"computes {b.Kind} of {x[t]} and {inputs[1][t]}, which {b.Type.Text} does not have");
                break;
            case FusedMultiplyAdd:
                foreach (var t in threads) result[t] = Meaning.Fma(v.Type, x[t], inputs[1][t], inputs[2][t]);
                break;
            case Conversion c:
                foreach (var t in threads) result[t] = Meaning.Convert(c.Inputs[0].Type, c.Type, x[t]) ?? throw Fault(t, $"converts what {c.Type.Text} does not have");
                break;
            case Reinterpretation r when r.Type.Size == r.Inputs[0].Type.Size || r.Type.IsHalf || r.Inputs[0].Type.IsHalf:
                return x;
            default:
                throw new NotSupportedException($"{v.GetType().Name} has no meaning");
        }
        return result;
    }
}

/// <summary>A kernel has no meaning on the memory that it was given.</summary>
public sealed class KernelFault : Exception
{
    internal KernelFault(KernelCode code, int group, int thread, string what) : base($"{code.Name}: thread {thread} of group {group} {what}. The kernel:\n{code}") { }
}
