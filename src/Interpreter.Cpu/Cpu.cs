using Functional.Interpreter.Cpu.Kernels;

namespace Functional.Interpreter.Cpu;

/// <summary>
/// The CPU interpreter: planned buffers, vectors, threads. Work is divided by shape alone, never by the number of threads, so that the same
/// program gives the same bits on any number of them.
/// </summary>
public sealed class Cpu : IInterpreter
{
    private readonly CompiledPrograms compiled = new();
    private readonly ForkJoinPool pool;

    private readonly long allowed;

    private readonly Target target;

    /// <summary>
    /// An interpreter with a number of threads and a width of vectors; where not given, one thread for each processor, and the widest vectors
    /// that it has. On vectors of another width the same program may round otherwise.
    /// </summary>
    /// <param name="threads">How many threads.</param>
    /// <param name="width">How wide vectors.</param>
    /// <param name="winograd">
    /// Whether convolutions of 3×3 or 5×5 windows, dilated or not, at stride 1 and with many channels in float32, and their filters' gradients, may be
    /// computed by Winograd's F(4×4, 3×3) or F(2×2, 5×5), with about a quarter or a third of the multiplications, or up to three quarters where windows
    /// are dilated: an element then differs from the exact one by up to about 2⁻¹⁸ Σ |x| |y| over what it sums, and one of a 5×5 filter's gradient by up
    /// to 2⁻¹⁶, rather than 2⁻²². Where most of a window lies in padding, it is the greatest such sum of neighbours up to five dilations away.
    /// </param>
    /// <param name="memory">The bytes that a run may obtain for intermediate values and results; where not given, those that the process may have.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one thread, or a width that this machine does not have.</exception>
    public Cpu(int? threads = null, VectorWidth? width = null, bool winograd = true, long? memory = null)
    {
        if (threads < 1) throw new ArgumentOutOfRangeException(nameof(threads), threads, "needs at least one thread");
        if (width is { IsSupported: false }) throw new ArgumentOutOfRangeException(nameof(width), width, $"this machine has vectors up to {VectorWidth.Widest}");
        target = new(threads ?? Environment.ProcessorCount, width ?? VectorWidth.Widest, winograd, new());
        pool = new(target.Threads);
        allowed = memory ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    /// <summary>An interpreter with a thread for each processor.</summary>
    public static Cpu Default { get; } = new();

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <summary>How many threads run a kernel.</summary>
    public int Threads => target.Threads;

    /// <summary>How wide the vectors are that kernels compute with.</summary>
    public VectorWidth Width => target.Width;

    /// <summary>Where the results of runs are kept.</summary>
    public HostMemory Memory { get; } = new();

    /// <inheritdoc/>
    /// <exception cref="InsufficientMemoryException">A run takes more memory than allowed; it says what fills it.</exception>
    public IExecutable Compile(Function program, ValueArray<int> donated = default) =>
        compiled.Get(program, donated, () => new CpuExecutable(program, donated, pool, Memory, allowed, target));

    /// <summary>The tensor: it is read where it lies.</summary>
    public Tensor Put(Tensor value) => value;

    /// <summary>
    /// The program with some of it computed twice so that its planned peak is within a budget of bytes. Compile what comes back with the same
    /// donated inputs. See <see cref="Rematerialise"/>.
    /// </summary>
    public Fitted Fit(Function program, long budget, ValueArray<int> donated = default) =>
        Rematerialise.Fit(program, budget, donated, KernelOf.Traits(target));
}
