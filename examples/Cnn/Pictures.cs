using Functional.Nn;
using ScottPlot;
using SkiaSharp;

namespace Cnn;

/// <summary>The PNG files that <c>--plot</c> asks for.</summary>
public static class Pictures
{
    private const int Shown = 40;
    private const int PerRow = 8;
    private const int Cell = 104;
    private const int Scale = 3;

    /// <summary>Loss above, accuracy below, over epochs.</summary>
    public static void Curves(string file, IReadOnlyList<Point> training, IReadOnlyList<Point> test)
    {
        var both = new Multiplot();
        both.AddPlots(2);
        var (loss, accuracy) = (both.GetPlot(0), both.GetPlot(1));
        double[] at = [.. training.Select(p => p.Epochs)];
        Line(loss, at, [.. training.Select(p => p.Loss)], "training");
        loss.YLabel("loss (mean of the epoch so far)");
        loss.Axes.SetLimitsY(0, training.Select(p => p.Loss).DefaultIfEmpty(1).Max() * 1.05);
        Line(accuracy, at, [.. training.Select(p => p.Accuracy * 100)], "training");
        var tested = accuracy.Add.Scatter(test.Select(p => p.Epochs).ToArray(), test.Select(p => p.Accuracy * 100).ToArray());
        (tested.LegendText, tested.LineWidth, tested.MarkerSize) = ("test", 2, 9);
        accuracy.YLabel("accuracy, %");
        accuracy.XLabel("epoch");
        accuracy.ShowLegend(Alignment.LowerRight);
        both.SavePng(file, 900, 800);
    }

    private static void Line(Plot plot, double[] x, double[] y, string name)
    {
        var line = plot.Add.ScatterLine(x, y);
        (line.LegendText, line.LineWidth) = (name, 2);
    }

    /// <summary>The first examples that were misclassified, each with its answer and its class.</summary>
    public static void Misclassified(string file, Dataset data, int[] answers, IReadOnlyList<string> names)
    {
        int[] wrong = [.. Enumerable.Range(0, data.Count).Where(i => answers[i] != data.Labels.Span<int>()[i]).Take(Shown)];
        var rows = Math.Max(1, (wrong.Length + PerRow - 1) / PerRow);
        using var bitmap = new SKBitmap(PerRow * Cell, rows * (Cell + 22));
        using var canvas = new SKCanvas(bitmap);
        using var font = new SKFont(SKTypeface.Default, 13);
        using var ink = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        canvas.Clear(SKColors.White);
        for (var k = 0; k < wrong.Length; k++)
        {
            var (x, y) = (k % PerRow * Cell + 6, k / PerRow * (Cell + 22) + 4);
            using var image = Image(data, wrong[k]);
            canvas.DrawBitmap(image, SKRect.Create(x, y, image.Width * Scale, image.Height * Scale));
            canvas.DrawText($"{names[answers[wrong[k]]]}, is {names[data.Labels.Span<int>()[wrong[k]]]}", x, y + image.Height * Scale + 15, font, ink);
        }
        using var stream = File.Create(file);
        bitmap.Encode(stream, SKEncodedImageFormat.Png, 100);
    }

    private static SKBitmap Image(Dataset data, int example)
    {
        var (channels, height, width) = (data.Images.Shape[1], data.Images.Shape[2], data.Images.Shape[3]);
        var pixels = data.Images.Span<float>().Slice(example * channels * height * width, channels * height * width);
        var image = new SKBitmap(width, height);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var at = y * width + x;
                var rgb = Enumerable.Range(0, 3).Select(c => c % channels * height * width + at).ToArray();
                image.SetPixel(x, y, new((byte)(pixels[rgb[0]] * 255), (byte)(pixels[rgb[1]] * 255), (byte)(pixels[rgb[2]] * 255)));
            }
        return image;
    }
}
