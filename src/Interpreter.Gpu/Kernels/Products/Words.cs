using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Operands whose elements are read one by one, or of those of 16 bits two at a time.</summary>
internal static class Words
{
    /// <summary>Elements of a type that lie side by side, or of memory of words the words that hold them.</summary>
    public static Value[] Read(this KernelBuilder k, Memory memory, DType type, Value index, int count) =>
        memory.Type == type ? k.Read(memory, index, count) : k.Read(memory, k.Let(index >> 1), count / 2);
}
