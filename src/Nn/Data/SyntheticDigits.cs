using Functional.Interpreter;

namespace Functional.Nn.Data;

/// <summary>
/// Handwritten-looking digits, made rather than loaded: each digit's strokes are turned, sheared, scaled, moved and bent by a smooth random
/// field (after Simard et al., 2003), then drawn with a round pen. Image i depends only on the key and i.
/// </summary>
public static class SyntheticDigits
{
    private const int Size = 28;

    /// <summary>Each digit's strokes as polylines in the unit square, y down.</summary>
    private static readonly (double X, double Y)[][][] Strokes =
    [
        [Arc(0.5, 0.5, 0.3, 0.42, 0, 360)],
        [[(0.35, 0.25), (0.52, 0.08), (0.52, 0.92)]],
        [[.. Arc(0.5, 0.32, 0.28, 0.24, 190, 385), (0.22, 0.92), (0.8, 0.92)]],
        [Arc(0.47, 0.3, 0.26, 0.22, 200, 440), Arc(0.47, 0.71, 0.3, 0.22, -80, 160)],
        [[(0.6, 0.08), (0.2, 0.62), (0.82, 0.62)], [(0.62, 0.35), (0.62, 0.93)]],
        [[(0.76, 0.08), (0.32, 0.08), (0.29, 0.45), .. Arc(0.47, 0.66, 0.3, 0.25, -120, 150)]],
        [[(0.66, 0.08), (0.36, 0.4), .. Arc(0.5, 0.68, 0.26, 0.24, 200, 560)]],
        [[(0.2, 0.1), (0.8, 0.1), (0.42, 0.93)]],
        [Arc(0.5, 0.29, 0.23, 0.21, 90, 450), Arc(0.5, 0.71, 0.28, 0.22, -90, 270)],
        [[.. Arc(0.5, 0.33, 0.25, 0.24, 0, 360), (0.72, 0.6), (0.55, 0.93)]],
    ];

    /// <summary>A dataset of the given number of images, 28×28, labels 0 to 9 in turn.</summary>
    public static Dataset Make(int count, long key)
    {
        var (images, labels) = (new float[count * Size * Size], new int[count]);
        Parallel.For(0, count, i =>
        {
            labels[i] = i % 10;
            Draw(i % 10, new Draws(key, i), images.AsSpan(i * Size * Size, Size * Size));
        });
        return new(Tensor.Of<float>([count, 1, Size, Size], images), Tensor.Of<int>(labels), 10);
    }

    private static (double, double)[] Arc(double x, double y, double width, double height, double from, double to) =>
        [.. Enumerable.Range(0, 17).Select(i => double.DegreesToRadians(from + (to - from) * i / 16)).Select(a => (x + width * Math.Cos(a), y + height * Math.Sin(a)))];

    private static void Draw(int digit, Draws random, Span<float> image)
    {
        var (angle, shear) = (random.Between(-0.25, 0.25), random.Between(-0.3, 0.3));
        var (scaleX, scaleY) = (random.Between(0.6, 0.9) * 20, random.Between(0.8, 1.0) * 21);
        var (moveX, moveY) = (random.Between(-2, 2), random.Between(-2, 2));
        var pen = random.Between(0.9, 1.7);
        var waves = Enumerable.Range(0, 3).Select(_ => (random.Between(1, 5), random.Between(1, 5), random.Between(0, 6.3), random.Between(-0.04, 0.04), random.Between(-0.04, 0.04))).ToArray();

        (double X, double Y) Place((double X, double Y) p)
        {
            var (u, v) = p;
            foreach (var (fx, fy, phase, ax, ay) in waves)
            {
                var wave = Math.Sin(fx * p.X + fy * p.Y + phase);
                (u, v) = (u + ax * wave, v + ay * wave);
            }
            var (x, y) = ((u - 0.5) * scaleX, (v - 0.5) * scaleY);
            x -= shear * y;
            return (13.5 + moveX + x * Math.Cos(angle) - y * Math.Sin(angle), 13.5 + moveY + x * Math.Sin(angle) + y * Math.Cos(angle));
        }

        foreach (var stroke in Strokes[digit])
        {
            var placed = stroke.Select(p => (p.X + random.Between(-0.02, 0.02), p.Y + random.Between(-0.02, 0.02))).Select(Place).ToArray();
            for (var s = 1; s < placed.Length; s++) Segment(placed[s - 1], placed[s], pen, image);
        }
    }

    /// <summary>Darkens the pixels within the pen's radius of a segment, fading over one pixel.</summary>
    private static void Segment((double X, double Y) a, (double X, double Y) b, double pen, Span<float> image)
    {
        var (dx, dy) = (b.X - a.X, b.Y - a.Y);
        var length = Math.Max(1e-9, dx * dx + dy * dy);
        var (left, right) = (Math.Max(0, (int)(Math.Min(a.X, b.X) - pen - 1)), Math.Min(Size - 1, (int)(Math.Max(a.X, b.X) + pen + 2)));
        var (top, bottom) = (Math.Max(0, (int)(Math.Min(a.Y, b.Y) - pen - 1)), Math.Min(Size - 1, (int)(Math.Max(a.Y, b.Y) + pen + 2)));
        for (var y = top; y <= bottom; y++)
            for (var x = left; x <= right; x++)
            {
                var t = Math.Clamp(((x - a.X) * dx + (y - a.Y) * dy) / length, 0, 1);
                var distance = Math.Sqrt(Math.Pow(x - a.X - t * dx, 2) + Math.Pow(y - a.Y - t * dy, 2));
                ref var pixel = ref image[y * Size + x];
                pixel = Math.Max(pixel, (float)Math.Clamp(pen + 0.5 - distance, 0, 1));
            }
    }

    /// <summary>One image's stream of random numbers.</summary>
    private sealed class Draws(long key, int image)
    {
        private long next = (long)image << 12;

        public double Between(double low, double high) => low + (high - low) * Philox.Word((ulong)key, next++) / uint.MaxValue;
    }
}
