using System.Collections.Immutable;
using System.Globalization;
using LanguageExt;
using LanguageExt.Common;

namespace Benchmarks;

/// <summary>What the command line says.</summary>
public sealed record Options
{
    public ImmutableArray<string> Tables { get; init; } = [];

    public string Filter { get; init; } = "";

    public int Largest { get; init; } = 1_000_000;

    public int Rounds { get; init; } = 5;

    public int Threads { get; init; } = Environment.ProcessorCount;

    public double Budget { get; init; } = 20;

    public bool Save { get; init; }

    public string Folder { get; init; } = Path.Combine("benchmarks", "results");

    public bool Help { get; init; }

    public const string Usage = """
        Benchmarks of Functional. Times are medians of interleaved repetitions, after warming up, within one run: compare only within one run.

        usage: dotnet run -c Release --project benchmarks -- TABLE... [options]

          --filter TEXT    only what has TEXT in its name, or one of A|B|C
          --largest N      no graph of more than N nodes                     (1000000)
          --rounds N       repetitions of which the median is taken          (5)
          --threads N      threads of either side, for peers                 (one for each processor)
          --budget S       seconds that the repetitions of a row may take    (20)
          --save           writes TABLE.md and TABLE.json to the folder; with a filter, the other rows stay
          --folder DIR     the folder                                        (benchmarks/results)
          --help           this text

        tables:
        """;

    /// <summary>Whether something of this name is to be measured.</summary>
    public bool Wants(string name) => Filter.Split('|').Any(text => name.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>The options, or what is wrong with them.</summary>
    public static Fin<Options> Parse(IReadOnlyList<string> args)
    {
        var options = new Options();
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] is "--help" or "-h" or "help") return options with { Help = true };
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) options = options with { Tables = options.Tables.Add(args[i]) };
            else if (args[i] == "--save") options = options with { Save = true };
            else if (i + 1 == args.Count) return Error.New($"{args[i]} needs a value");
            else
            {
                var next = options.With(args[i], args[++i]);
                if (next.IsFail) return next;
                options = next.IfFail(options);
            }
        }
        return options;
    }

    private Fin<Options> With(string name, string value) => name switch
    {
        "--filter" => this with { Filter = value },
        "--largest" => Count(name, value).Map(n => this with { Largest = n }),
        "--rounds" => Count(name, value).Map(n => this with { Rounds = n }),
        "--threads" => Count(name, value).Map(n => this with { Threads = n }),
        "--budget" => Count(name, value).Map(n => this with { Budget = n }),
        "--folder" => this with { Folder = value },
        _ => Error.New($"there is no option {name}"),
    };

    private static Fin<int> Count(string name, string value) =>
        int.TryParse(value, CultureInfo.InvariantCulture, out var n) && n > 0 ? n : Error.New($"{name} needs a positive whole number, not '{value}'");
}
