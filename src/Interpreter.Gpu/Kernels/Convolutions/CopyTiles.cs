using System.Numerics;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>A copy with its channels last.</summary>
/// <param name="Of">What is copied.</param>
/// <param name="Channels">How many channels the copy has.</param>
/// <param name="Rounds">Whether elements are rounded to TF32.</param>
internal readonly record struct LastCopy(Strided Of, int Channels, bool Rounds);

/// <summary>
/// The tiles that groups make of such a copy: some positions of some channels, the more of either the fewer there are of the other, which neighbouring
/// threads read side by side along positions and, by way of shared memory, write side by side along channels.
/// </summary>
internal sealed class CopyTiles
{
    private const int MostSide = 32;

    private readonly LastCopy copy;
    private readonly int threads, positions, high, length, pitch;
    private readonly Shape all;

    public CopyTiles(LastCopy copy, Geometry geometry)
    {
        (this.copy, threads, positions) = (copy, Threads(geometry), checked((int)copy.Of.Shape[2..].Size));
        var side = Side(geometry);
        var few = Math.Max((int)BitOperations.RoundUpToPowerOf2((uint)positions), side * side / threads);
        high = few < side ? side * side / few : Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)copy.Channels), side * side / threads, side);
        length = side * side / high;
        // read a row of positions, and written some channels of some positions, by all banks
        pitch = length + Math.Max(1, side / high);
        all = Shape.Of([copy.Of.Shape[0], (copy.Channels + high - 1) / high, (positions + length - 1) / length]);
    }

    /// <summary>How many there are.</summary>
    public int Count => checked((int)all.Size);

    /// <summary>The threads of a group.</summary>
    public static int Threads(Geometry geometry) => Math.Min(geometry.Threads, Side(geometry) * Side(geometry));

    private static int Side(Geometry geometry) => Math.Min(MostSide, geometry.Threads);

    /// <summary>Copies one.</summary>
    public void Copy(KernelBuilder k, Memory source, Memory target, Value number)
    {
        var (x, own, channels, tile, type) = (copy.Of, copy.Of.Shape[1], copy.Channels, k.Shared(source.Type, high * pitch), source.Type);
        var at = Coordinates.Of(number, all);
        var (image, firstChannel, firstPosition) = (k.Let(at[0]), k.Let(at[1] * high), k.Let(at[2] * length));
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
                k.Where(isOwn, () => k.Put(tile, to, Read(source[place + (channel * checked((int)x.Strides[1]))])));
            }
        });
        k.Meet();
        var (low, next) = (k.Let(KernelBuilder.Thread % high), k.Let(KernelBuilder.Thread / high));
        var written = k.Let(firstChannel + low);
        k.Where(TiledProduct.Inside(written, channels, high), () =>
        {
            for (var i = 0; i < length; i += threads / high)
            {
                var to = k.Let(firstPosition + next + i);
                k.Where(TiledProduct.Inside(to, positions, length), () => k.Put(target, (((image * positions) + to) * channels) + written, tile[(low * pitch) + next + i]));
            }
        });

        Value Read(Value element) => copy.Rounds ? Packing.Rounded(element) : element;
    }
}
