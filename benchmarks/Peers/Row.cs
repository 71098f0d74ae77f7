using System.Collections.Immutable;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;

namespace Benchmarks.Peers;

/// <summary>One side of a comparison, ready to run.</summary>
/// <param name="Run">Does the work once.</param>
/// <param name="Values">Does it once, and gives what it computed.</param>
public sealed record Side(Action Run, Func<ImmutableArray<float[]>> Values);

/// <summary>The same work, written for either library as its users would.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Ours">Our side, for an interpreter.</param>
/// <param name="Theirs">libtorch's; not to be called where there is none.</param>
public sealed record Row(string Name, Func<Cpu, Side> Ours, Func<Side> Theirs)
{
    /// <summary>The arithmetic that the work takes, a multiply-add being two; 0 where it does not bind.</summary>
    public double Flops { get; init; }

    /// <summary>The bytes that must at least be read and written; 0 where they do not bind.</summary>
    public double Bytes { get; init; }

    /// <summary>The ratio to reach, libtorch's time over ours; none where null.</summary>
    public double? Target { get; init; }

    /// <summary>The fraction of the limit to reach; none where null.</summary>
    public double? Share { get; init; }

    /// <summary>The greatest relative difference of the results, in the Euclidean norm, at which both still do the same work.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>What a training step costs besides its time.</summary>
    public Func<Cpu, bool, StepCosts>? Costs { get; init; }

    /// <summary>A training step whose kernels are timed.</summary>
    public Func<Cpu, Profiled>? Profiled { get; init; }
}

/// <summary>A step whose kernels are timed.</summary>
/// <param name="Plan">The kernels.</param>
/// <param name="Run">Runs them once, and says how long each took.</param>
public sealed record Profiled(Plan Plan, Func<ImmutableArray<TimeSpan>> Run);

/// <summary>What a training step costs besides its time; bytes besides weights and batch, seconds of making it ready.</summary>
/// <param name="Planned">Our peak, as planned.</param>
/// <param name="Resident">Our peak, as the system saw it.</param>
/// <param name="Theirs">libtorch's peak, as the system saw it; null where there is no libtorch.</param>
/// <param name="Build">Building the graph and its gradient.</param>
/// <param name="Compile">Compiling it.</param>
/// <param name="Again">Compiling a graph that was built anew, from the cache.</param>
public sealed record StepCosts(double Planned, double Resident, double? Theirs, double Build, double Compile, double Again);
