using Functional.Interpreter.Gpu.Code;
using ILGPU;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Memory that a kernel is given: one of a step's buffers, or a part of its scratch buffer.</summary>
/// <param name="Buffer">Which of the step's buffers; −1 for its scratch buffer.</param>
/// <param name="Start">Where the part begins.</param>
/// <param name="Bytes">How long it is.</param>
internal readonly record struct Piece(int Buffer, long Start = 0, long Bytes = 0)
{
    public static implicit operator Piece(int buffer) => new(buffer);

    public ArrayView<byte> In(Frame frame, IReadOnlyList<int> buffers, int scratch) => Buffer >= 0 ? frame[buffers[Buffer]] : frame[scratch].SubView(Start, Bytes);
}

/// <summary>The kernels of a step, one after another, and the memory in which they leave what the next ones read: it is planned as the step's scratch buffer.</summary>
internal sealed class Passes
{
    private const long Alignment = 256;

    private readonly List<(Func<KernelCode> Code, Piece[] Memory)> all = [];

    /// <summary>The bytes of the scratch buffer.</summary>
    public long Scratch { get; private set; }

    /// <summary>One kernel, given the step's first buffers in their order.</summary>
    public static Passes Of(int buffers, Func<KernelCode> code)
    {
        var passes = new Passes();
        passes.Add(code, [.. Enumerable.Range(0, buffers).Select(i => (Piece)i)]);
        return passes;
    }

    /// <summary>Scratch memory for so many elements.</summary>
    public Piece Elements(DType type, long count)
    {
        var piece = new Piece(-1, Scratch, count * type.Size);
        Scratch += (piece.Bytes + Alignment - 1) / Alignment * Alignment;
        return piece;
    }

    /// <summary>A kernel, which is written down when the step is made ready.</summary>
    public void Add(Func<KernelCode> code, params Piece[] memory) => all.Add((code, memory));

    /// <summary>The launches, given which buffers the step has.</summary>
    public Launch Launch(Gpu gpu, IReadOnlyList<int> buffers, int scratch)
    {
        Launch[] launches = [.. all.Select(pass => KernelOf.Launch(gpu, pass.Code(), (frame, i) => pass.Memory[i].In(frame, buffers, scratch)))];
        return launches is [var only] ? only : frame =>
        {
            foreach (var launch in launches) launch(frame);
        };
    }
}
