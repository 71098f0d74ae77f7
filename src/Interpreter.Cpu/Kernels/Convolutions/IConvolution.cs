using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>One way to compute a convolution.</summary>
internal unsafe interface IConvolution<T> where T : unmanaged, IBinaryNumber<T>
{
    /// <summary>The memory that it works in.</summary>
    long Scratch(int threads);

    /// <summary>Fills z.</summary>
    void Run(Frame frame, byte* scratch, T* x, T* y, T* z);
}
