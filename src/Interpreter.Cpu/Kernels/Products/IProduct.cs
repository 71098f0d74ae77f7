using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>One way to compute a dot or a convolution.</summary>
internal unsafe interface IProduct<T> where T : unmanaged, IBinaryNumber<T>
{
    /// <summary>The memory that it works in.</summary>
    long Scratch(int threads);

    /// <summary>
    /// Of a convolution whose result may be passed on: in how many places, each of a group's channels of an image, it has what it tells of, a place at
    /// once; 0 where it does not, and each image has its own.
    /// </summary>
    int Places => 0;

    /// <summary>The memory of what it makes of a fixed right operand; 0 where it reads that as it is.</summary>
    long Kept => 0;

    /// <summary>Makes it.</summary>
    void Keep(Frame frame, T* y, T* kept) { }

    /// <summary>Fills z.</summary>
    /// <param name="frame">The run.</param>
    /// <param name="scratch">The memory that it works in.</param>
    /// <param name="x">The left operand.</param>
    /// <param name="y">The right operand, or what was made of it.</param>
    /// <param name="z">The result.</param>
    void Run(Frame frame, byte* scratch, T* x, T* y, T* z);
}
