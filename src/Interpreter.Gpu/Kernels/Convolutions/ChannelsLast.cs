using System.Numerics;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Copies of images in which the channels of a position lie side by side, so that threads read several at a time, whichever element of the window sees them.</summary>
internal static class ChannelsLast
{
    /// <summary>Of how many channels one access shall read.</summary>
    private const int Together = 4;

    private const int Side = 32;

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

    /// <summary>
    /// The kernel that makes it: each group some positions of some channels, the more of either the fewer there are of the other, which neighbouring threads
    /// read side by side along positions and, by way of shared memory, write side by side along channels; rounded to TF32 where that is asked for.
    /// </summary>
    public static KernelCode Code(Strided x, int channels, DType type, bool rounds, Geometry geometry)
    {
        var k = new KernelBuilder("channelsLast");
        var (source, target) = (k.Argument(type), k.Argument(type));
        var (own, positions) = (x.Shape[1], checked((int)x.Shape[2..].Size));
        var side = Math.Min(Side, geometry.Threads);
        var threads = Math.Min(geometry.Threads, side * side);
        var few = Math.Max((int)BitOperations.RoundUpToPowerOf2((uint)positions), side * side / threads);
        var high = few < side ? side * side / few : Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)channels), side * side / threads, side);
        var length = side * side / high;
        var (across, along) = ((channels + high - 1) / high, (positions + length - 1) / length);
        // read a row of positions, and written some channels of some positions, by all banks
        var (group, pitch) = (Coordinates.Of(KernelBuilder.Group, Shape.Of([x.Shape[0], across, along])), length + Math.Max(1, side / high));
        var tile = k.Shared(type, high * pitch);
        var (image, firstChannel, firstPosition) = (k.Let(group[0]), k.Let(group[1] * high), k.Let(group[2] * length));
        var axes = Axis.Merged([.. Enumerable.Range(2, x.Shape.Rank - 2).Select(axis => new Axis(x.Shape[axis], x.Strides[axis]))]);

        var (inner, outer) = (k.Let(KernelBuilder.Thread % length), k.Let(KernelBuilder.Thread / length));
        var position = k.Let(firstPosition + inner);
        k.Where(TiledProduct.Inside(position, positions, length), () =>
        {
            var place = k.Let((image * checked((int)x.Strides[0])) + Axis.Offset(axes, position) + checked((int)x.Start));
            for (var i = 0; i < high; i += threads / length)
            {
                var (channel, to) = (k.Let(firstChannel + outer + i), ((outer + i) * pitch) + inner);
                var isOwn = TiledProduct.Inside(channel, own, high);
                if (own < channels) k.If(!isOwn, () => k.Put(tile, to, new Number(type, 0)));
                k.Where(isOwn, () => k.Put(tile, to, Read(place + (channel * checked((int)x.Strides[1])))));
            }
        });
        k.Meet();
        var (low, next) = (k.Let(KernelBuilder.Thread % high), k.Let(KernelBuilder.Thread / high));
        var written = k.Let(firstChannel + low);
        k.Where(TiledProduct.Inside(written, channels, high), () =>
        {
            for (var i = 0; i < length; i += threads / high)
            {
                var at = k.Let(firstPosition + next + i);
                k.Where(TiledProduct.Inside(at, positions, length), () => k.Put(target, (((image * positions) + at) * channels) + written, tile[(low * pitch) + next + i]));
            }
        });
        return k.Build(checked(x.Shape[0] * across * along), threads);

        Value Read(Value at) => rounds ? Packing.Rounded(source[at]) : source[at];
    }
}
