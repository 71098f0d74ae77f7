using System.Globalization;
using LanguageExt;
using LanguageExt.Common;

namespace Cnn;

/// <summary>What the command line says.</summary>
public sealed record Options
{
    public string? Data { get; init; }

    public int Epochs { get; init; } = 3;

    public int Batch { get; init; } = 64;

    public double LearningRate { get; init; } = 1e-3;

    public string Optimizer { get; init; } = "adam";

    public long Seed { get; init; } = 1;

    public string Backend { get; init; } = "cpu";

    public int Threads { get; init; } = Environment.ProcessorCount;

    public bool Help { get; init; }

    public const string Usage = """
        Trains LeNet (5×5 convolutions of 32 and 64 channels, 512 hidden units) to read digits.

        usage: dotnet run -c Release --project examples/Cnn -- [options]

          --data DIR          MNIST or Fashion-MNIST as IDX files, plain or .gz; without it, digits are drawn by the program
          --epochs N          passes over the training set                      (3)
          --batch N           examples in a step                                (64)
          --lr X              learning rate of the first step; falls along half a cosine  (0.001)
          --optimizer NAME    sgd, momentum, nesterov, adam, adamw, rmsprop, adagrad   (adam)
          --seed N            of the initial weights and of the order of examples      (1)
          --backend NAME      cpu or reference (very slow: it is the definition)       (cpu)
          --threads N         threads of the CPU backend; the result is the same bits  (all)
          --help              this text
        """;

    public static readonly IReadOnlyList<string> Optimizers = ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad"];

    /// <summary>The options, or what is wrong with them.</summary>
    public static Fin<Options> Parse(IReadOnlyList<string> args)
    {
        var options = new Options();
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] is "--help" or "-h") return options with { Help = true };
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) return Error.New($"'{args[i]}' is not an option: options begin with --");
            if (i + 1 == args.Count) return Error.New($"{args[i]} needs a value");
            var next = options.With(args[i], args[++i]);
            if (next.IsFail) return next;
            options = next.IfFail(options);
        }
        return options;
    }

    private Fin<Options> With(string name, string value) => name switch
    {
        "--data" => this with { Data = value },
        "--epochs" => Count(name, value).Map(n => this with { Epochs = n }),
        "--batch" => Count(name, value).Map(n => this with { Batch = n }),
        "--threads" => Count(name, value).Map(n => this with { Threads = n }),
        "--seed" => long.TryParse(value, CultureInfo.InvariantCulture, out var n) ? this with { Seed = n } : Error.New($"--seed needs a whole number, not '{value}'"),
        "--lr" => double.TryParse(value, CultureInfo.InvariantCulture, out var x) && x > 0 && double.IsFinite(x) ? this with { LearningRate = x } : Error.New($"--lr needs a positive number, not '{value}'"),
        "--optimizer" => OneOf(name, value, Optimizers).Map(v => this with { Optimizer = v }),
        "--backend" => OneOf(name, value, ["cpu", "reference"]).Map(v => this with { Backend = v }),
        _ => Error.New($"there is no option {name}"),
    };

    private static Fin<int> Count(string name, string value) =>
        int.TryParse(value, CultureInfo.InvariantCulture, out var n) && n > 0 ? n : Error.New($"{name} needs a positive whole number, not '{value}'");

    private static Fin<string> OneOf(string name, string value, IReadOnlyList<string> known) =>
        known.Contains(value) ? Fin<string>.Succ(value) : Error.New($"{name} takes {string.Join(", ", known)}, not '{value}'");
}
