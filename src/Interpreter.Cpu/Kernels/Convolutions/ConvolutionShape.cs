namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>A convolution's extents, and how its operands lie: at least two spatial axes, those that the op lacks of extent 1.</summary>
internal sealed class ConvolutionShape
{
    private const long CachedBytes = 16 << 20;

    public ConvolutionShape(Conv op, Shape result, Func<Expr, bool> isVirtual)
    {
        (X, Y) = (Strided.Of(op.X, isVirtual), Strided.Of(op.Y, isVirtual));
        Groups = op.FeatureGroups * op.BatchGroups;
        (Images, AllOut, In, Out) = (result[0], result[1], op.Y.Shape[1], result[1] / Groups);
        var (spatial, lead) = (op.X.Rank - 2, Math.Max(0, 2 - (op.X.Rank - 2)));
        Axes = new WindowAxis[spatial + lead];
        (StridesX, StridesY) = (new long[Axes.Length], new long[Axes.Length]);
        for (var d = 0; d < Axes.Length; d++)
        {
            var from = d - lead;
            Axes[d] = from < 0 ? new(new(1), 1, 1) : new(op.Window[from], op.X.Shape[from + 2], result[from + 2]);
            if (from < 0) continue;
            (StridesX[d], StridesY[d]) = (X.Strides[from + 2], Y.Strides[from + 2]);
        }
        Positions = checked((int)result.Size / Math.Max(1, Images * AllOut));
        GroupX = op.FeatureGroups > 1 ? In * X.Strides[1] : Images * X.Strides[0];
        Taps = checked((int)op.Y.Shape[2..].Size);
    }

    public Strided X { get; }

    public Strided Y { get; }

    /// <summary>Groups of either kind.</summary>
    public int Groups { get; }

    /// <summary>From one group's part of X to the next.</summary>
    public long GroupX { get; }

    /// <summary>The result's first axis.</summary>
    public int Images { get; }

    /// <summary>The result's channels.</summary>
    public int AllOut { get; }

    /// <summary>Those of one group.</summary>
    public int Out { get; }

    /// <summary>The channels that one group reads.</summary>
    public int In { get; }

    /// <summary>The spatial axes.</summary>
    public WindowAxis[] Axes { get; }

    /// <summary>X's strides along them.</summary>
    public long[] StridesX { get; }

    /// <summary>Y's strides along them.</summary>
    public long[] StridesY { get; }

    /// <summary>All positions of the window.</summary>
    public int Positions { get; }

    /// <summary>All elements of the window.</summary>
    public int Taps { get; }

    /// <summary>Whether the result, of elements of so many bytes, is too large to be found in the caches by what reads it next.</summary>
    public bool Overflows(int size) => (long)Images * AllOut * Positions * size >= CachedBytes;

    /// <summary>Whether nothing reads the result but who is told of it, and he needs no more than a group's channels of an image at once.</summary>
    public bool IsPassedOn { get; init; }

    /// <summary>The <see cref="IProduct{T}.Places"/> of tasks that have all positions of their images: one for each thread.</summary>
    public int Places(TaskLoop loop, Target target) => IsPassedOn ? loop.Slots(target.Threads) : 0;

    /// <summary>How far the result of a group lies from where it begins in its image, if it lies in one of some places.</summary>
    public long Moved(int image, int group, int place) => ((long)place * Out * Positions) - ResultAt(image, group);

    /// <summary>The last axis.</summary>
    public WindowAxis Last => Axes[^1];

    /// <summary>Whether images are planes of lines of adjacent elements, which vectors read.</summary>
    public bool HasLines => Axes.Length == 2 && Axes.All(a => a.Low <= a.High) && IsOfLines(StridesX, Axes[0].Extent, Last.Extent);

    /// <summary>Whether filters are, too.</summary>
    public bool HasLinesOfWindows => IsOfLines(StridesY, Axes[0].Window, Last.Window);

    private static bool IsOfLines(long[] strides, int lines, int length) => (strides[^1] == 1 || length == 1) && (strides[0] >= length || lines == 1);

    /// <summary>Where the result of a group begins in an image.</summary>
    public long ResultAt(int image, int group) => (((long)image * AllOut) + ((long)group * Out)) * Positions;

    /// <summary>Where what a group reads of an image begins.</summary>
    public long ImageAt(int image, int group) => X.Start + (image * X.Strides[0]) + (group * GroupX);

    /// <summary>Where a group's filter begins.</summary>
    public long FilterAt(int group, int channelOut, int channel) => Y.Start + ((((long)group * Out) + channelOut) * Y.Strides[0]) + (channel * Y.Strides[1]);

    /// <summary>Where each element of a phase's window lies in Y, from its channel's first.</summary>
    public long[] TapsOf(AxisPhase[] phase) => [.. Over(phase, (d, t) => t.Tap * StridesY[d])];

    /// <summary>The sum over the axes of a number for a tap of each, for all elements of a phase's window, the last axis fastest.</summary>
    public static IEnumerable<long> Over(AxisPhase[] phase, Func<int, (int Tap, int Offset), long> number)
    {
        IEnumerable<long> sums = [0];
        for (var d = 0; d < phase.Length; d++)
        {
            var (axis, before) = (d, sums);
            sums = before.SelectMany(sum => phase[axis].Taps.Select(t => sum + number(axis, t)));
        }
        return sums;
    }

    /// <summary>All combinations of the axes' phases.</summary>
    public IEnumerable<AxisPhase[]> Phases()
    {
        IEnumerable<AxisPhase[]> all = [[]];
        foreach (var axis in Axes) all = all.SelectMany(some => axis.Phases.Select(p => (AxisPhase[])[.. some, p]));
        return all;
    }
}
