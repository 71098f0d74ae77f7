using System.Collections.Immutable;
using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Greatest elements under windows without gaps, each of which meets an element. In the place of padding the nearest element is read once more: it is
/// under the window, too, and beats nothing. So nothing is asked: on GPUs no read waits for what is made of the one before, and on processors,
/// where columns are far from padding, elements lie a stride apart, of which compilers make vectors.
/// </summary>
/// <param name="Window">The window, over the trailing axes.</param>
/// <param name="Shape">What it slides over.</param>
/// <param name="Result">The positions.</param>
internal sealed record NearestMaxima(ValueArray<WindowDim> Window, Shape Shape, Shape Result)
{
    private const int MostUnder = 32;

    private int Lead => Shape.Rank - Window.Count;

    /// <summary>Those of some windows; null where these are large, have gaps or see nothing but padding, or lines are so few that processors would wait.</summary>
    public static NearestMaxima? Of(WindowArgMax op, Shape result, Geometry geometry)
    {
        var (maxima, under) = (new NearestMaxima(op.Window, op.X.Shape, result), op.Window.Items.Aggregate(1L, (n, w) => n * w.Size));
        return op.Window.Count > 0 && under <= MostUnder && (!geometry.IsProcessor || result[..^1].Size >= geometry.Runs(result.Size, under)) && maxima.IsFull ? maxima : null;
    }

    private bool IsFull
    {
        get
        {
            for (var d = 0; d < Window.Count; d++)
            {
                var (w, extent, positions) = (Window[d], Shape[Lead + d], Result[Lead + d]);
                if (w.Dilation > 1 || w.BaseDilation > 1 || w.Low >= w.Size || ((positions - 1L) * w.Stride) - w.Low >= extent) return false;
            }
            return true;
        }
    }

    /// <summary>The kernel, told what is done with the place of a position, the greatest element there, and the place of that.</summary>
    public KernelCode Code(KernelBuilder k, Argument x, Geometry geometry, Action<Value, Value, Value> finish)
    {
        var (w, extent, columns) = (Window[^1], Shape[^1], Result[^1]);
        var first = Math.Clamp(Ceiling(w.Low, w.Stride), 0, columns);
        var last = Math.Clamp(Ceiling(extent + w.Low - w.Size + 1, w.Stride), first, columns);
        if (!geometry.IsProcessor) return k.ForEach(Result.Size, geometry, at => Column(Rows(k, k.Let(at / columns)), at, k.Let(at % columns), (0, columns) != (first, last)));
        return k.ForEach(Result[..^1].Size, geometry, line =>
        {
            var (rows, start) = (Rows(k, line), k.Let(line * columns));
            Columns(0, first, isNear: true);
            Columns(first, last, isNear: false);
            Columns(last, columns, isNear: true);

            void Columns(int from, int until, bool isNear)
            {
                if (from < until) k.For(from, until, 1, column => Column(rows, k.Let(start + column), column, isNear));
            }
        }, columns * Window.Items.Aggregate(1L, (n, w) => n * w.Size));

        void Column(ImmutableArray<(Local At, Local Within)> rows, Value at, Value column, bool isNearPadding)
        {
            Value[] sources = [.. Enumerable.Range(0, w.Size).Select(o => Under(w, column, o)).Select(s => (Value)k.Let(isNearPadding ? Nearest(s, extent) : s))];
            Local? best = null, place = null;
            foreach (var (row, within) in rows)
                foreach (var source in sources)
                {
                    var next = k.Let(x[row + source]);
                    if (best is null || place is null)
                    {
                        (best, place) = (next, k.Let(within + source));
                        continue;
                    }
                    var beats = k.Let(Extremes.Beats(next, best, greatest: true));
                    k.Set(best, Value.Select(beats, next, best));
                    k.Set(place, Value.Select(beats, within + source, place));
                }
            finish(at, best!, place!);
        }
    }

    /// <summary>Where the rows under the windows of a line of the result begin, and where they do within the trailing axes.</summary>
    private ImmutableArray<(Local At, Local Within)> Rows(KernelBuilder k, Value line)
    {
        var (outer, strides) = (Coordinates.Of(line, Result[..^1]), Shape.Strides);
        var rows = ImmutableArray.Create((At: Coordinates.Flat(outer[..Lead], strides[..Lead]), Within: (Value)0));
        for (var d = 0; d < Window.Count - 1; d++)
        {
            var (w, position, extent, stride) = (Window[d], k.Let(outer[Lead + d]), Shape[Lead + d], (int)strides[Lead + d]);
            Value[] sources = [.. Enumerable.Range(0, w.Size).Select(o => (Value)k.Let(Nearest(Under(w, position, o), extent) * stride))];
            rows = [.. from row in rows from source in sources select (row.At + source, row.Within + source)];
        }
        return [.. rows.Select(r => (k.Let(r.At), k.Let(r.Within)))];
    }

    private Value Under(WindowDim w, Value position, int offset) => (position * w.Stride) + (offset - w.Low);

    private static Value Nearest(Value source, int extent) => Coordinates.Clamp(source, 0, extent - 1);

    private static int Ceiling(int x, int y) => x <= 0 ? 0 : (x + y - 1) / y;
}
