using Functional.Nn;
using Spectre.Console;

namespace Cnn;

/// <summary>What the program shows: a live bar on a terminal, plain lines elsewhere, tables at the end.</summary>
public static class Report
{
    /// <summary>Runs an epoch under a progress bar, or prints a line ten times along the way.</summary>
    public static T Epoch<T>(string title, int total, Func<IProgress<TrainingProgress>, T> run)
    {
        if (Console.IsOutputRedirected) return run(new Lines(title));
        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(title, maxValue: total);
                return run(new Bar(title, task));
            });
    }

    private static string Describe(TrainingProgress p) => $"loss {p.Loss:F4}  accuracy {p.Accuracy:P2}  {p.ExamplesPerSecond:F0} images/s";

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

    /// <summary>The share of right answers.</summary>
    public static double Accuracy(int[,] confusion)
    {
        var (right, all) = (0, 0);
        for (var i = 0; i < confusion.GetLength(0); i++)
            for (var j = 0; j < confusion.GetLength(1); j++)
            {
                all += confusion[i, j];
                if (i == j) right += confusion[i, j];
            }
        return right / (double)all;
    }

    /// <summary>A table of how often each class (row) was taken for each (column).</summary>
    public static void Confusion(int[,] confusion)
    {
        var classes = confusion.GetLength(0);
        var table = new Table().Title("confusion: true class down, answer across").Border(TableBorder.Simple).AddColumn("");
        for (var j = 0; j < classes; j++) table.AddColumn(new TableColumn($"{j}").RightAligned());
        for (var i = 0; i < classes; i++)
            table.AddRow([$"{i}", .. Enumerable.Range(0, classes).Select(j => confusion[i, j] == 0 ? "·" : i == j ? $"[green]{confusion[i, j]}[/]" : $"[red]{confusion[i, j]}[/]")]);
        AnsiConsole.Write(table);
    }
}
