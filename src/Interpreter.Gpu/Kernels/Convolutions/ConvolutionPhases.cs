using System.Collections.Immutable;
using System.Numerics;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// A convolution as products of operands by strides. Where the image has gaps, positions see only those elements of the window that lie over none: positions
/// that see the same ones are a phase, and convolve the image without gaps with those elements alone. Where windows reach beyond the image it is copied, with zeros around.
/// </summary>
internal sealed class ConvolutionPhases
{
    /// <summary>Planes of a multiple of so many elements would all lie in the same few sets of a cache: their lines are made longer.</summary>
    private const int Alias = 128;

    private readonly Strided x;
    private readonly Strided y;
    private readonly Conv op;
    private readonly Shape result;
    private readonly ImmutableArray<long> places;
    private readonly ImmutableArray<ImmutableArray<Axial>> phases;
    private readonly Shape copy;
    private readonly int[] lows;

    /// <param name="x">The images.</param>
    /// <param name="y">The filters.</param>
    /// <param name="op">The convolution.</param>
    /// <param name="result">Its result's extents.</param>
    /// <param name="places">How far apart neighbours along each of its axes are.</param>
    public ConvolutionPhases(Strided x, Strided y, Conv op, Shape result, ImmutableArray<long> places)
    {
        (this.x, this.y, this.op, this.result, this.places) = (x, y, op, result, places);
        phases = [.. op.Window.Items.Select((w, d) => Axial.Of(w, result[2 + d]).ToImmutableArray())];
        lows = [.. phases.Select(axis => axis.Max(p => p.Low))];
        int[] extents = [.. phases.Select((axis, d) => axis.Max(p => p.End) + lows[d])];
        if (extents.Aggregate(result.Rank > 2 ? 1 : 0, (n, extent) => n * extent) is > 0 and var plane && plane % Alias == 0) extents[^1]++;
        copy = Shape.Of([x.Shape[0], x.Shape[1], .. extents]);
        IsCopied = copy.Size > 0 && (lows.Any(low => low > 0) || phases.Where((axis, d) => axis.Max(p => p.End) > x.Shape[2 + d]).Any());
    }

    /// <summary>The phase of some positions along an axis.</summary>
    /// <param name="First">The first position.</param>
    /// <param name="Step">From each to the next.</param>
    /// <param name="Positions">How many.</param>
    /// <param name="FirstElement">The first element of the window that they see.</param>
    /// <param name="ElementStep">From each to the next.</param>
    /// <param name="Elements">How many.</param>
    /// <param name="Stride">How far apart the images' elements are that neighbouring positions see.</param>
    /// <param name="Dilation">How far apart those are under neighbouring elements.</param>
    /// <param name="Low">How far before the image the first is.</param>
    private readonly record struct Axial(int First, int Step, int Positions, int FirstElement, int ElementStep, int Elements, int Stride, int Dilation, int Low)
    {
        /// <summary>Behind the last of the image's elements that are seen.</summary>
        public int End => Elements == 0 ? 0 : ((Positions - 1) * Stride) + ((Elements - 1) * Dilation) + 1 - Low;

        public static IEnumerable<Axial> Of(WindowDim w, int positions)
        {
            int Steps(int each) => w.BaseDilation / (int)BigInteger.GreatestCommonDivisor(each, w.BaseDilation);
            var (step, elementStep) = (Steps(w.Stride), Steps(w.Dilation));
            for (var first = 0; first < Math.Min(step, positions); first++)
            {
                int At(int element) => (first * w.Stride) + (element * w.Dilation) - w.Low;
                var element = Enumerable.Range(0, w.Size).FirstOrDefault(e => At(e) % w.BaseDilation == 0, w.Size);
                var elements = Block.Count(w.Size - element, elementStep);
                yield return new(first, step, Block.Count(positions - first, step), element, elementStep, elements,
                    step * w.Stride / w.BaseDilation, elementStep * w.Dilation / w.BaseDilation, elements == 0 ? 0 : -At(element) / w.BaseDilation);
            }
        }
    }

    /// <summary>Products of some positions.</summary>
    /// <param name="Size">How large they are.</param>
    /// <param name="Images">A line is a position, the depth goes over channels and the window's elements.</param>
    /// <param name="Filters">A line is a filter.</param>
    /// <param name="Place">Where their elements are in the result.</param>
    public sealed record Phase(ProductSize Size, StridedOperand Images, StridedOperand Filters, ResultPlace Place);

    /// <summary>Whether images are copied.</summary>
    public bool IsCopied { get; }

    /// <summary>The copies' elements.</summary>
    public long Copied => copy.Size;

    /// <summary>The products.</summary>
    public IEnumerable<Phase> All => phases.Aggregate((IEnumerable<ImmutableArray<Axial>>)[[]], (some, axis) => some.SelectMany(s => axis.Select(p => s.Add(p)))).Select(Of);

    private Phase Of(ImmutableArray<Axial> axes)
    {
        var (groups, channels, filters) = (op.FeatureGroups * op.BatchGroups, op.Y.Shape[1], result[1] / (op.FeatureGroups * op.BatchGroups));
        ImmutableArray<long> strides = IsCopied ? copy.Strides : [.. x.Strides.Items];
        var start = (IsCopied ? axes.Select((p, d) => lows[d] * strides[2 + d]).Sum() : x.Start) - axes.Select((p, d) => p.Low * strides[2 + d]).Sum();
        var images = new StridedOperand(
            [new(groups, op.BatchGroups > 1 ? result[0] * strides[0] : channels * strides[1])],
            [new(result[0], strides[0]), .. axes.Select((p, d) => new Axis(p.Positions, p.Stride * strides[2 + d]))],
            [new(channels, strides[1]), .. axes.Select((p, d) => new Axis(p.Elements, p.Dilation * strides[2 + d]))],
            start);
        var window = new StridedOperand(
            [new(groups, filters * y.Strides[0])],
            [new(filters, y.Strides[0])],
            [new(channels, y.Strides[1]), .. axes.Select((p, d) => new Axis(p.Elements, p.ElementStep * y.Strides[2 + d]))],
            y.Start + axes.Select((p, d) => p.FirstElement * y.Strides[2 + d]).Sum());
        var (rows, depth) = (Shape.Of([result[0], .. axes.Select(p => p.Positions)]), axes.Aggregate(channels, (n, p) => n * p.Elements));
        return new(new(groups, checked((int)rows.Size), filters, depth), images, window, new(Place, (isAcross, run) => isAcross ? checked((int)places[1]) : OfRows(run)));

        Value Place(Value batch, Value row, Value column)
        {
            var at = Coordinates.Of(row, rows);
            return Coordinates.Flat([at[0], (batch * filters) + column, .. axes.Select((p, d) => (at[1 + d] * p.Step) + p.First)], places);
        }

        int? OfRows(int run) => axes.Length > 0 && axes[^1].Positions % run == 0 ? checked((int)places[^1]) * axes[^1].Step
            : axes.All(p => p.Step == 1) && result[2..].Size % run == 0 && Axis.Merged([.. axes.Select((p, d) => new Axis(p.Positions, places[2 + d]))]) is [var plane] ? checked((int)plane.Stride) : null;
    }

    /// <summary>The kernel that copies images, line by line: zeros, and where there is one, a line of an image.</summary>
    public KernelCode Copy(DType from, DType to, Geometry geometry)
    {
        var k = new KernelBuilder("padImages");
        var (source, target) = (k.Argument(from), k.Argument(to));
        var (outer, length, stride) = (copy[..^1], copy[^1], checked((int)x.Strides[^1]));
        var (first, end) = (Math.Max(0, -lows[^1]), Math.Min(x.Shape[^1], length - lows[^1]));
        return k.ForEach(outer.Size, geometry, line =>
        {
            var begin = k.Let(line * length);
            k.For(length, i => k.Put(target, begin + i, new Number(to, 0)));
            var (at, inside) = (Coordinates.Of(line, outer), Value.True);
            var of = (at[0] * checked((int)x.Strides[0])) + (at[1] * checked((int)x.Strides[1])) + checked((int)x.Start);
            for (var d = 0; d < lows.Length - 1; d++)
            {
                var spread = k.Let(at[2 + d] - lows[d]);
                inside &= !(spread < 0) & (spread < x.Shape[2 + d]);
                of += spread * checked((int)x.Strides[2 + d]);
            }
            var line0 = k.Let(of);
            k.Where(inside, () => k.For(first, end, 1, i => k.Put(target, begin + i + lows[^1], Operations.Convert(source[line0 + (i * stride)], to))));
        }, length);
    }
}
