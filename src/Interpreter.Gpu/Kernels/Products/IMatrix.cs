using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>An operand of a product as threads read it: lines, which are the result's rows or columns, along the depth that is summed over.</summary>
internal interface IMatrix
{
    /// <summary>Whether neighbours along the depth are neighbours in memory, rather than those of adjacent lines.</summary>
    bool IsAlongDepth { get; }

    /// <summary>The type of its elements.</summary>
    DType Type { get; }

    /// <summary>Whether its elements, of f32, are numbers of TF32 already.</summary>
    bool AreRounded { get; }

    /// <summary>How many neighbours, from each multiple of their number on, one access can read; 1 where nothing is known of where they lie.</summary>
    int Run { get; }

    /// <summary>What of the places of a line's elements is the same for all of them.</summary>
    /// <param name="k">The kernel.</param>
    /// <param name="batch">Which of several products.</param>
    /// <param name="line">The line, which is one of the matrix.</param>
    Value[] Line(KernelBuilder k, Value batch, Value line);

    /// <summary>What is the same for all of a line's elements of a piece of the depth, in the place of what is so for all of the line's.</summary>
    Value[] Within(KernelBuilder k, Value[] line, Value from) => line;

    /// <summary>An element of a line; one that is not inside of the depth is not asked for.</summary>
    /// <param name="k">The kernel.</param>
    /// <param name="line">The line, within a piece.</param>
    /// <param name="from">Where along the depth the piece begins.</param>
    /// <param name="along">How far behind that the element is.</param>
    Value At(KernelBuilder k, Value[] line, Value from, Value along);

    /// <summary>
    /// Neighbours, of which this is the first, by one access: elements, but of those of 16 bits words, each of two, the first in its lower half.
    /// </summary>
    /// <param name="k">The kernel.</param>
    /// <param name="line">The line, within a piece.</param>
    /// <param name="from">Where along the depth the piece begins.</param>
    /// <param name="along">How far behind that the first is.</param>
    /// <param name="count">How many: a power of two that is no more than <see cref="Run"/>, of which the first is a multiple.</param>
    Value[] Read(KernelBuilder k, Value[] line, Value from, Value along, int count);
}
