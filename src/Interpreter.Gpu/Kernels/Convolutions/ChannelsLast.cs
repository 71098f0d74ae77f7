using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Copies of images in which the channels of a position lie side by side, so that threads read several at a time, whichever element of the window sees them.</summary>
internal static class ChannelsLast
{
    /// <summary>Of how many channels there must be a multiple for it to be worth a copy that one access reads several.</summary>
    public const int Together = 4;

    private const int Side = 32;

    /// <summary>How the copy lies.</summary>
    public static Strided Of(Strided x)
    {
        var (strides, stride) = (new long[x.Shape.Rank], (long)x.Shape[1]);
        for (var axis = x.Shape.Rank - 1; axis >= 2; axis--, stride *= x.Shape[axis + 1]) strides[axis] = stride;
        (strides[0], strides[1]) = (stride, 1);
        return x with { Strides = [.. strides], Start = 0 };
    }

    /// <summary>
    /// The kernel that makes it: each group some positions of some channels, which neighbouring threads read side by side along positions and, by
    /// way of shared memory, write side by side along channels; rounded to TF32 where that is asked for.
    /// </summary>
    public static KernelCode Code(Strided x, DType type, bool rounds, Geometry geometry)
    {
        var k = new KernelBuilder("channelsLast");
        var (source, target) = (k.Argument(type), k.Argument(type));
        var (side, channels, positions) = (Math.Min(Side, geometry.Threads), x.Shape[1], checked((int)x.Shape[2..].Size));
        var threads = Math.Min(geometry.Threads, side * side);
        var (across, along) = ((channels + side - 1) / side, (positions + side - 1) / side);
        var (group, tile) = (Coordinates.Of(KernelBuilder.Group, Shape.Of([x.Shape[0], across, along])), k.Shared(type, side * (side + 1)));
        var (image, firstChannel, firstPosition) = (k.Let(group[0]), k.Let(group[1] * side), k.Let(group[2] * side));
        var (inner, outer) = (k.Let(KernelBuilder.Thread % side), k.Let(KernelBuilder.Thread / side));
        var axes = Axis.Merged([.. Enumerable.Range(2, x.Shape.Rank - 2).Select(axis => new Axis(x.Shape[axis], x.Strides[axis]))]);

        var position = k.Let(firstPosition + inner);
        k.Where(TiledProduct.Inside(position, positions, side), () =>
        {
            var place = k.Let((image * checked((int)x.Strides[0])) + Axis.Offset(axes, position) + checked((int)x.Start));
            for (var i = 0; i < side; i += threads / side)
            {
                var channel = k.Let(firstChannel + outer + i);
                k.Where(TiledProduct.Inside(channel, channels, side), () => k.Put(tile, ((outer + i) * (side + 1)) + inner, Read(place + (channel * checked((int)x.Strides[1])))));
            }
        });
        k.Meet();
        var own = k.Let(firstChannel + inner);
        k.Where(TiledProduct.Inside(own, channels, side), () =>
        {
            for (var i = 0; i < side; i += threads / side)
            {
                var at = k.Let(firstPosition + outer + i);
                k.Where(TiledProduct.Inside(at, positions, side), () => k.Put(target, (((image * positions) + at) * channels) + own, tile[(inner * (side + 1)) + outer + i]));
            }
        });
        return k.Build(checked(x.Shape[0] * across * along), threads);

        Value Read(Value at) => rounds ? Packing.Rounded(source[at]) : source[at];
    }
}
