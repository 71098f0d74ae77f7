using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>An executable whose memory was planned before it runs.</summary>
public interface IPlanned : IExecutable
{
    /// <summary>Kernels, memory and cost.</summary>
    Plan Plan { get; }

    /// <summary>
    /// Runs once and watches the memory: the arena is filled with noise and followed by more of it, so that what a run has written shows.
    /// </summary>
    /// <exception cref="ShapeError">An input's type is not its parameter's.</exception>
    (ImmutableArray<Tensor> Results, MemoryUse Memory) Measure(params ImmutableArray<Tensor> inputs);

    /// <summary>Runs once and times each step. <see cref="Plan.Timed"/> prints what it finds.</summary>
    /// <exception cref="ShapeError">An input's type is not its parameter's.</exception>
    (ImmutableArray<Tensor> Results, ImmutableArray<TimeSpan> Steps) Profile(params ImmutableArray<Tensor> inputs);
}

/// <summary>The memory that a run really used.</summary>
/// <param name="ArenaBytes">The arena that it was given.</param>
/// <param name="TouchedBytes">From the arena's beginning to the last byte that it changed; more than the arena where it wrote beyond.</param>
/// <param name="OutputBytes">The memory that it obtained for results.</param>
public readonly record struct MemoryUse(long ArenaBytes, long TouchedBytes, long OutputBytes)
{
    /// <summary>All that it obtained.</summary>
    public long Bytes => ArenaBytes + OutputBytes;
}
