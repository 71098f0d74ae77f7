using System.Collections.Immutable;

namespace Functional.Interpreter.Gpu.Code;

/// <summary>Elements that threads read and write.</summary>
/// <param name="type">Their type.</param>
public abstract class Memory(DType type)
{
    /// <summary>The element type.</summary>
    public DType Type { get; } = type;

    /// <summary>An element.</summary>
    public Value this[Value index] => new Element(this, index);
}

/// <summary>Device memory that a kernel is given.</summary>
/// <param name="type">The element type.</param>
/// <param name="index">Which of those it is given.</param>
public sealed class Argument(DType type, int index) : Memory(type)
{
    /// <summary>Which of those that the kernel is given.</summary>
    public int Index { get; } = index;
}

/// <summary>Memory that the threads of a group share.</summary>
/// <param name="type">The element type.</param>
/// <param name="length">How many elements.</param>
public sealed class SharedArray(DType type, int length) : Memory(type)
{
    /// <summary>How many elements.</summary>
    public int Length { get; } = length;

    /// <summary>
    /// The parts of an index that is a variable and a number: such an element is so far behind that of the variable, which must be one of the array. So
    /// all elements at known distances from one are addressed by one register.
    /// </summary>
    internal static (Local Start, int Distance)? Counted(Value index) =>
        index is BinaryValue { Kind: BinaryKind.Add, Inputs: [Local start, Number { Bits: >= 0 and <= int.MaxValue } distance] } ? (start, (int)distance.Bits) : null;
}

/// <summary>What threads do, one statement after another.</summary>
public abstract class Statement;

/// <summary>A variable becomes a value.</summary>
/// <param name="target">The variable.</param>
/// <param name="value">The value.</param>
public sealed class Assignment(Local target, Value value) : Statement
{
    /// <summary>The variable.</summary>
    public Local Target { get; } = target;

    /// <summary>The value.</summary>
    public Value Value { get; } = value;
}

/// <summary>An element becomes a value.</summary>
/// <param name="target">Where the element is.</param>
/// <param name="index">Its index.</param>
/// <param name="value">The value.</param>
public sealed class Write(Memory target, Value index, Value value) : Statement
{
    /// <summary>Where the element is.</summary>
    public Memory Target { get; } = target;

    /// <summary>Its index.</summary>
    public Value Index { get; } = index;

    /// <summary>The value.</summary>
    public Value Value { get; } = value;
}

/// <summary>
/// Variables become elements that lie side by side, by one access: the first one's index is a multiple of their number, as are the parts of an index
/// that is <see cref="SharedArray.Counted"/>, and in memory the first lies at a multiple of their bytes together. Devices fault, or read others, where it does not.
/// </summary>
/// <param name="targets">The variables: 2 or 4.</param>
/// <param name="source">Where the elements are.</param>
/// <param name="index">The index of the first.</param>
public sealed class WideRead(ImmutableArray<Local> targets, Memory source, Value index) : Statement
{
    /// <summary>The variables.</summary>
    public ImmutableArray<Local> Targets { get; } = targets;

    /// <summary>Where the elements are.</summary>
    public Memory Source { get; } = source;

    /// <summary>The index of the first.</summary>
    public Value Index { get; } = index;
}

/// <summary>Elements that lie side by side become values, by one access: where the first is, <see cref="WideRead"/> says.</summary>
/// <param name="target">Where the elements are.</param>
/// <param name="index">The index of the first.</param>
/// <param name="values">The values: 2 or 4.</param>
public sealed class WideWrite(Memory target, Value index, ImmutableArray<Value> values) : Statement
{
    /// <summary>Where the elements are.</summary>
    public Memory Target { get; } = target;

    /// <summary>The index of the first.</summary>
    public Value Index { get; } = index;

    /// <summary>The values.</summary>
    public ImmutableArray<Value> Values { get; } = values;
}

/// <summary>Variables become elements that lie side by side, wherever the first is.</summary>
/// <param name="targets">The variables.</param>
/// <param name="source">Where the elements are.</param>
/// <param name="index">The index of the first.</param>
public sealed class RunRead(ImmutableArray<Local> targets, Memory source, Value index) : Statement
{
    /// <summary>The variables.</summary>
    public ImmutableArray<Local> Targets { get; } = targets;

    /// <summary>Where the elements are.</summary>
    public Memory Source { get; } = source;

    /// <summary>The index of the first.</summary>
    public Value Index { get; } = index;
}

/// <summary>Statements for each value of a counter from a number, by steps, while it is below an end.</summary>
/// <param name="counter">The counter.</param>
/// <param name="from">What it begins with.</param>
/// <param name="until">The end, which does not change meanwhile.</param>
/// <param name="step">The step, above 0.</param>
/// <param name="body">The statements.</param>
public sealed class CountedLoop(Local counter, Value from, Value until, Value step, ImmutableArray<Statement> body) : Statement
{
    /// <summary>The counter.</summary>
    public Local Counter { get; } = counter;

    /// <summary>What it begins with.</summary>
    public Value From { get; } = from;

    /// <summary>The end.</summary>
    public Value Until { get; } = until;

    /// <summary>The step.</summary>
    public Value Step { get; } = step;

    /// <summary>The statements.</summary>
    public ImmutableArray<Statement> Body { get; } = body;
}

/// <summary>Statements where a condition holds.</summary>
/// <param name="condition">The condition.</param>
/// <param name="body">The statements.</param>
public sealed class Conditional(Value condition, ImmutableArray<Statement> body) : Statement
{
    /// <summary>The condition.</summary>
    public Value Condition { get; } = condition;

    /// <summary>The statements.</summary>
    public ImmutableArray<Statement> Body { get; } = body;
}

/// <summary>All threads of a group come here before any goes on, and see what the others have written to shared memory.</summary>
public sealed class Meeting : Statement;

/// <summary>
/// A kernel as data: groups of threads, each of which runs the same statements. It is made into a method for ILGPU by
/// <see cref="Emission.KernelEmitter"/>; <see cref="Execution"/>, an interpreter, says what it means.
/// </summary>
/// <param name="Name">What it computes, in a word.</param>
/// <param name="Arguments">The element types of the memory that it is given.</param>
/// <param name="Shared">What the threads of a group share.</param>
/// <param name="Groups">How many groups.</param>
/// <param name="Threads">How many threads in each.</param>
/// <param name="Body">What each thread does.</param>
public sealed record KernelCode(string Name, ImmutableArray<DType> Arguments, ImmutableArray<SharedArray> Shared, int Groups, int Threads, ImmutableArray<Statement> Body)
{
    /// <summary>How many groups a multiprocessor shall have room for: the compiler keeps to as many registers.</summary>
    public int Resident { get; init; } = 1;

    /// <summary>The statements as text: kernels with equal text do the same. See <see cref="Listing"/>.</summary>
    public override string ToString() => Listing.Of(this);
}
