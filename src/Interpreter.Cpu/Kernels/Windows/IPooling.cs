namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>A pooling that is done block by block, as soon as there is what a block meets.</summary>
internal unsafe interface IPooling
{
    /// <summary>How its result is divided.</summary>
    WindowBlocks Blocks { get; }

    /// <summary>The bytes in which <see cref="Fill"/> works.</summary>
    long LineBytes { get; }

    /// <summary>Fills a block.</summary>
    /// <param name="frame">The run.</param>
    /// <param name="from">Where the first element of what is pooled is, or would be.</param>
    /// <param name="plane">The first of its planes.</param>
    /// <param name="planes">How many, at most <see cref="WindowBlocks.Together"/>.</param>
    /// <param name="block">What it has of each.</param>
    /// <param name="lines">What it works in.</param>
    void Fill(Frame frame, byte* from, long plane, int planes, WindowBlocks.Block block, byte* lines);
}
