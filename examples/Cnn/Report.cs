using System.Diagnostics;
using Functional.Nn;
using Spectre.Console;

namespace Cnn;

/// <summary>One point of the curves.</summary>
/// <param name="Epochs">How far, in epochs.</param>
/// <param name="Loss">The mean loss of the epoch so far.</param>
/// <param name="Accuracy">The share of right answers of the epoch so far.</param>
public readonly record struct Point(double Epochs, double Loss, double Accuracy);

/// <summary>What the program shows: a live bar on a terminal, plain lines elsewhere, tables at the end. It keeps the curves.</summary>
public sealed class Report
{
    private readonly List<Point> training = [];
    private readonly List<Point> test = [];
    private bool hasBegun;

    /// <summary>Progress in training.</summary>
    public IReadOnlyList<Point> Training => training;

    /// <summary>Accuracy on the test set, after each epoch.</summary>
    public IReadOnlyList<Point> Test => test;

    /// <summary>Runs an epoch under a progress bar, or prints a line ten times along the way.</summary>
    public T Epoch<T>(string title, int total, Func<IProgress<TrainingProgress>, T> run)
    {
        var clock = Stopwatch.StartNew();
        if (Console.IsOutputRedirected) return run(new Keeping(this, clock, new Lines(title)));
        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context => run(new Keeping(this, clock, new Bar(title, context.AddTask(title, maxValue: total)))));
    }

    /// <summary>Prints and keeps the accuracy on the test set.</summary>
    public void Tested(int epoch, double accuracy)
    {
        test.Add(new(epoch, double.NaN, accuracy));
        Console.WriteLine($"epoch {epoch}: test accuracy {accuracy:P2}");
    }

    private static string Describe(TrainingProgress p) =>
        $"loss {p.Loss:F4}  accuracy {p.Accuracy:P2}  {p.ExamplesPerSecond:F0} images/s  {TimeSpan.FromSeconds((p.Total - p.Seen) / Math.Max(1, p.ExamplesPerSecond)):m\\:ss} left";

    private sealed class Keeping(Report report, Stopwatch clock, IProgress<TrainingProgress> then) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (!report.hasBegun) AnsiConsole.WriteLine($"the first step was done after {clock.Elapsed.TotalSeconds:F1} s, with compiling it");
            report.hasBegun = true;
            report.training.Add(new(value.Epoch + value.Seen / (double)value.Total, value.Loss, value.Accuracy));
            then.Report(value);
        }
    }

    private sealed class Bar(string title, ProgressTask task) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            task.Value = value.Seen;
            task.Description = $"{title}  {Describe(value)}";
        }
    }

    private sealed class Lines(string title) : IProgress<TrainingProgress>
    {
        private int printed;

        public void Report(TrainingProgress value)
        {
            var tenth = (int)(10L * value.Seen / value.Total);
            if (tenth == printed) return;
            printed = tenth;
            Console.WriteLine($"{title}  {value.Seen}/{value.Total}  {Describe(value)}");
        }
    }

    /// <summary>A table of each class: how many, how many were found, how many were rightly named so.</summary>
    public static void Classes(int[,] confusion, IReadOnlyList<string> names)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("class");
        foreach (var title in new[] { "images", "recall", "precision" }) table.AddColumn(new TableColumn(title).RightAligned());
        for (var i = 0; i < names.Count; i++)
        {
            var (row, column) = (0, 0);
            for (var j = 0; j < names.Count; j++) (row, column) = (row + confusion[i, j], column + confusion[j, i]);
            table.AddRow(names[i], $"{row}", row == 0 ? "–" : $"{confusion[i, i] / (double)row:P1}", column == 0 ? "–" : $"{confusion[i, i] / (double)column:P1}");
        }
        AnsiConsole.Write(table);
    }

    /// <summary>A table of how often each class (row) was taken for each (column).</summary>
    public static void Confusion(int[,] confusion, IReadOnlyList<string> names)
    {
        var table = new Table().Title("confusion: true class down, answer across").Border(TableBorder.Simple).AddColumn("");
        foreach (var name in names) table.AddColumn(new TableColumn(name.Length > 4 ? name[..4] : name).RightAligned());
        for (var i = 0; i < names.Count; i++)
            table.AddRow([names[i], .. Enumerable.Range(0, names.Count).Select(j => confusion[i, j] == 0 ? "·" : i == j ? $"[green]{confusion[i, j]}[/]" : $"[red]{confusion[i, j]}[/]")]);
        AnsiConsole.Write(table);
    }
}
