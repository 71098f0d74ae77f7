using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Copies of images in which the channels of a position lie side by side, so that threads read several at a time, whichever element of the window sees them.</summary>
internal static class ChannelsLast
{
    /// <summary>Of how many channels one access shall read.</summary>
    private const int Together = 4;

    /// <summary>How many channels a copy of so many has: as many that accesses read them all.</summary>
    public static int Padded(int channels) => (channels + Together - 1) / Together * Together;

    /// <summary>How the copy lies.</summary>
    /// <param name="x">What is copied.</param>
    /// <param name="channels">How many channels the copy has; those that x does not have are 0.</param>
    public static Strided Of(Strided x, int channels)
    {
        var (strides, stride) = (new long[x.Shape.Rank], (long)channels);
        for (var axis = x.Shape.Rank - 1; axis >= 2; axis--, stride *= x.Shape[axis + 1]) strides[axis] = stride;
        (strides[0], strides[1]) = (stride, 1);
        return x with { Shape = Shape.Of([x.Shape[0], channels]).Concat(x.Shape[2..]), Strides = [.. strides], Start = 0 };
    }

    /// <summary>The kernel that makes some copies, given each one's source and target: some groups the first, others the second.</summary>
    public static KernelCode Code(Geometry geometry, params ImmutableArray<LastCopy> copies)
    {
        var (k, begins) = (new KernelBuilder("channelsLast"), 0);
        foreach (var (i, copy) in copies.Index())
        {
            var tiles = new CopyTiles(copy, geometry);
            var (from, until) = (begins, begins += tiles.Count);
            var (source, target) = (k.Argument(copy.Of.Root.DType), k.Argument(copy.Of.Root.DType));
            var isMine = (i == 0 ? Value.True : !(KernelBuilder.Group < from)) & (i == copies.Length - 1 ? Value.True : KernelBuilder.Group < until);
            k.Where(isMine, () => tiles.Copy(k, source, target, k.Let(KernelBuilder.Group - from)));
        }
        return k.Build(begins, CopyTiles.Threads(geometry));
    }
}
