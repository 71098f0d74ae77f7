using System.Globalization;
using Functional;
using Functional.Interpreter.Gpu;
using LanguageExt;
using LanguageExt.Common;

namespace Cnn;

/// <summary>What the command line says.</summary>
public sealed record Options
{
    public string? Dataset { get; init; }

    public string? Data { get; init; }

    public int Epochs { get; init; } = 3;

    public int Batch { get; init; } = 64;

    public double LearningRate { get; init; } = 1e-3;

    public string Optimizer { get; init; } = "adam";

    public long Seed { get; init; } = 1;

    public string Precision { get; init; } = "f32";

    public string Backend { get; init; } = "cpu";

    public int Threads { get; init; } = Environment.ProcessorCount;

    public string? Save { get; init; }

    public string? Resume { get; init; }

    public string? Plot { get; init; }

    public bool Help { get; init; }

    public const string Usage = """
        Trains LeNet (5×5 convolutions of 32 and 64 channels, 512 hidden units) to tell images apart.

        usage: dotnet run -c Release --project examples/Cnn -- [options]

          --dataset NAME      digits (drawn by the program), mnist, fashion or cifar10
                              (digits; mnist where --data is given)
          --data DIR          the folder with the dataset's files: IDX, plain or .gz, or CIFAR-10's binary version
          --epochs N          passes over the training set, those before --resume included (3)
          --batch N           examples in a step                                           (64)
          --lr X              learning rate of the first step; falls along half a cosine   (0.001)
          --optimizer NAME    sgd, momentum, nesterov, adam, adamw, rmsprop, adagrad       (adam)
          --precision NAME    f32; tf32, to which an NVIDIA GPU's tensor cores round products'
                              factors; bf16 or f16, in which products read their factors, and
                              the loss of f16 is scaled; weights stay f32                  (f32)
          --seed N            of the initial weights and of the order of examples          (1)
          --backend NAME      cpu; gpu, cuda or opencl; auto, a GPU or else the CPU;
                              gpu-debug or reference, both very slow                       (cpu)
          --threads N         threads of the CPU backend; the result is the same bits      (all)
          --save FILE         writes the state as safetensors after each epoch and on Ctrl-C
          --resume FILE       goes on from a state that --save wrote, exactly as if it had not stopped
          --plot FILE.png     draws loss and accuracy, and beside it FILE-misclassified.png
          --help              this text
        """;

    public static readonly IReadOnlyList<string> Optimizers = ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad"];

    /// <summary>The names of precisions, with how products read their factors and what tensor cores do with those of f32.</summary>
    public static readonly IReadOnlyDictionary<string, (Precision Products, MatmulPrecision OfF32)> Precisions = new Dictionary<string, (Precision, MatmulPrecision)>
    {
        ["f32"] = (Functional.Precision.Full, MatmulPrecision.Highest),
        ["tf32"] = (Functional.Precision.Full, MatmulPrecision.TF32),
        ["bf16"] = (Functional.Precision.BF16, MatmulPrecision.Highest),
        ["f16"] = (Functional.Precision.F16, MatmulPrecision.Highest),
    };

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
        var dataset = options.Dataset ?? (options.Data is null ? "digits" : "mnist");
        return (dataset == "digits") == (options.Data is null) ? options with { Dataset = dataset }
            : Error.New(dataset == "digits" ? "--data is for mnist, fashion and cifar10: digits are drawn, not loaded" : $"--dataset {dataset} needs --data DIR, the folder with its files");
    }

    private Fin<Options> With(string name, string value) => name switch
    {
        "--dataset" => OneOf(name, value, ["digits", "mnist", "fashion", "cifar10"]).Map(v => this with { Dataset = v }),
        "--data" => this with { Data = value },
        "--epochs" => Count(name, value).Map(n => this with { Epochs = n }),
        "--batch" => Count(name, value).Map(n => this with { Batch = n }),
        "--threads" => Count(name, value).Map(n => this with { Threads = n }),
        "--seed" => long.TryParse(value, CultureInfo.InvariantCulture, out var n) ? this with { Seed = n } : Error.New($"--seed needs a whole number, not '{value}'"),
        "--lr" => double.TryParse(value, CultureInfo.InvariantCulture, out var x) && x > 0 && double.IsFinite(x) ? this with { LearningRate = x } : Error.New($"--lr needs a positive number, not '{value}'"),
        "--optimizer" => OneOf(name, value, Optimizers).Map(v => this with { Optimizer = v }),
        "--precision" => OneOf(name, value, [.. Precisions.Keys]).Map(v => this with { Precision = v }),
        "--backend" => OneOf(name, value, [.. Backends.Names]).Map(v => this with { Backend = v }),
        "--save" => this with { Save = value },
        "--resume" => this with { Resume = value },
        "--plot" => value.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? this with { Plot = value } : Error.New($"--plot writes a PNG: its name must end in .png, not '{value}'"),
        _ => Error.New($"there is no option {name}"),
    };

    private static Fin<int> Count(string name, string value) =>
        int.TryParse(value, CultureInfo.InvariantCulture, out var n) && n > 0 ? n : Error.New($"{name} needs a positive whole number, not '{value}'");

    private static Fin<string> OneOf(string name, string value, IReadOnlyList<string> known) =>
        known.Contains(value) ? Fin<string>.Succ(value) : Error.New($"{name} takes {string.Join(", ", known)}, not '{value}'");
}
