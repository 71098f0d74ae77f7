using System.Numerics;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>One way to compute a dot or a convolution.</summary>
internal unsafe interface IProduct<T> where T : unmanaged, IBinaryNumber<T>
{
    /// <summary>The memory that it works in.</summary>
    long Scratch(int threads);

    /// <summary>Fills z.</summary>
    void Run(Frame frame, byte* scratch, T* x, T* y, T* z);
}
