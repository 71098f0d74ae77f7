using Functional.Interpreter.Cpu.Emission;

namespace Functional.Interpreter.Cpu;

/// <summary>What kernels are compiled for.</summary>
/// <param name="Threads">How many threads run a kernel; nothing but its scratch memory may depend on it.</param>
/// <param name="Width">How wide its vectors are.</param>
/// <param name="Winograd">Whether convolutions may be computed with fewer multiplications and more rounding.</param>
/// <param name="Loops">Their code, where it is emitted.</param>
internal readonly record struct Target(int Threads, VectorWidth Width, bool Winograd, LoopCompiler Loops);
