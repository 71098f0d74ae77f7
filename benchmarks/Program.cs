using Benchmarks;
using Benchmarks.Measuring;
using Benchmarks.Peers;
using Benchmarks.Transforms;

// One line for each table: its name, what it shows, and what measures it.
(string Name, string Shows, Func<Options, Report> Measure)[] tables =
[
    ("transforms", "time and memory per node of building and of each transformation, for graphs of 10² to 10⁶ nodes", Scaling.Measure),
    ("adjoint", "arithmetic of gradients beside their functions, and their sizes beside programs derived by hand", Adjoint.Measure),
    ("checkpoint", "a deep network's training step in full, with √n checkpoints, and fitted to memory budgets", Checkpointing.Measure),
    ("peers", "kernels and training steps beside libtorch's, with equal threads, and beside the machine's limits", Comparison.Measure),
    ("profile", "the kernels of training steps: their times, rates, and shares of the machine's limits", Profiles.Measure),
];

return Options.Parse(args).Match(Run, Refuse);

int Run(Options options)
{
    if (options.Help || options.Tables.IsEmpty)
    {
        Console.WriteLine(Options.Usage);
        foreach (var (name, shows, _) in tables) Console.WriteLine($"  {name,-12} {shows}");
        return options.Help ? 0 : 2;
    }
    foreach (var name in options.Tables)
        if (Array.FindIndex(tables, t => t.Name == name) < 0) return Refuse($"there is no table {name}: there are {string.Join(", ", tables.Select(t => t.Name))}");
    if (options.Tables.Contains("peers")) Libtorch.Prepare();
    foreach (var name in options.Tables)
    {
        var result = tables.Single(t => t.Name == name).Measure(options);
        result.Print();
        if (options.Save && options.Filter.Length > 0) result = result.Over(options.Folder);
        if (options.Save) Console.WriteLine($"wrote {string.Join(" and ", result.Save(options.Folder))}");
    }
    return 0;
}

static int Refuse(LanguageExt.Common.Error error)
{
    Console.Error.WriteLine($"{error.Message}\n--help lists tables and options");
    return 2;
}
