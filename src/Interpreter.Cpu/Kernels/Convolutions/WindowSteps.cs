using System.Runtime.InteropServices;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// The steps along the depth of a product: the elements that a phase's windows have of some channels. Where windows reach over the edge of the first
/// axis, those of a line of the window, of all channels, follow each other, so that lines outside are left out of a product; else those of a channel do.
/// </summary>
internal sealed unsafe class WindowSteps
{
    private readonly (int From, int Depth)[] inside;
    private readonly int[] table;

    /// <param name="shape">The convolution.</param>
    /// <param name="phase">The phase of each axis.</param>
    /// <param name="channels">How many channels.</param>
    /// <param name="toChannel">From channel to channel of what lies under the windows.</param>
    /// <param name="pitches">Along each axis of it, from element to element.</param>
    /// <param name="size">The bytes of an element.</param>
    public WindowSteps(ConvolutionShape shape, AxisPhase[] phase, int channels, long toChannel, long[] pitches, int size)
    {
        Channels = channels;
        var axis = shape.Axes[0];
        long[] taps = shape.TapsOf(phase), offsets = [.. ConvolutionShape.Over(phase, (d, t) => (t.Offset - shape.Axes[d].Low) * pitches[d])];
        var lines = axis.IsInside ? 1 : Math.Max(1, phase[0].Taps.Length);
        var line = taps.Length / lines;
        (int Channel, int Tap)[] steps = [.. from l in Enumerable.Range(0, lines) from c in Enumerable.Range(0, channels) from t in Enumerable.Range(l * line, line) select (c, t)];
        Filters = [.. steps.Select(s => (s.Channel * shape.Y.Strides[1]) + taps[s.Tap])];
        table = GC.AllocateUninitializedArray<int>(Math.Max(1, steps.Length), pinned: true);
        for (var k = 0; k < steps.Length; k++) table[k] = checked((int)(((steps[k].Channel * toChannel) + offsets[steps[k].Tap]) * size));
        inside = [.. Enumerable.Range(0, phase[0].Count).Select(p => lines == 1 ? (From: 0, Until: 1) : axis.Inside(phase[0], p)).Select(l => (l.From * line * channels, (l.Until - l.From) * line * channels))];
    }

    /// <summary>How many channels.</summary>
    public int Channels { get; }

    /// <summary>Where each step's element of the window is in Y.</summary>
    public long[] Filters { get; }

    /// <summary>Where each step's element under the window is, in bytes.</summary>
    public int* Table => (int*)Marshal.UnsafeAddrOfPinnedArrayElement(table, 0);

    /// <summary>The first step at one of the phase's positions along the first axis, and how many there are.</summary>
    public (int From, int Depth) Inside(int position) => inside[position];
}
