using System.Collections.Immutable;
using Benchmarks.Gpu;
using Benchmarks.Measuring;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Gpu;

const string usage = """
    Measures the GPU interpreter on this machine's GPU, beside PyTorch where python3 has torch, after checking that it is right.

    usage: GpuBenchmarks [options]

      --backend NAME   gpu, cuda, opencl or gpu-debug          (gpu)
      --filter TEXT    only rows whose name contains it, such as ", bf16" (all)
      --seconds X      for each row                            (1)
      --beside cpu     only products and convolutions, beside the CPU interpreter
      --profile TEXT   only where the time of the training steps goes whose name contains it
      --counts DIR     only what kernels cost by counts of the emulated CUDA device (EMULATED_CUDA_COUNTS=DIR), without a GPU
      --programs N     random programs that are checked first  (200)
      --save DIR       writes gpu.md and gpu.json there after each row, beside the CPU gpu-BACKEND.md and .json; with --filter
                       into what stands there
      --help           this text
    """;

var (backend, filter, seconds, programs, folder, beside, profile, counts) = ("gpu", "", 1.0, 200, (string?)null, "", (string?)null, (string?)null);
for (var i = 0; i < args.Length; i++)
{
    if (args[i] is "--help" or "-h")
    {
        Console.WriteLine(usage);
        return 0;
    }
    if (i + 1 == args.Length) return Refuse($"{args[i]} needs a value, or is no option");
    switch (args[i], args[++i])
    {
        case ("--backend", var name): backend = name; break;
        case ("--filter", var text): filter = text; break;
        case ("--seconds", var text) when double.TryParse(text, out var x) && x > 0: seconds = x; break;
        case ("--counts", var where): counts = where; break;
        case ("--programs", var text) when int.TryParse(text, out var n) && n >= 0: programs = n; break;
        case ("--beside", "cpu"): beside = "cpu"; break;
        case ("--profile", var text): profile = text; break;
        case ("--save", var where): folder = where; break;
        default: return Refuse($"{args[i - 1]} {args[i]} is not understood");
    }
}

if (counts is not null) return Count(counts);
return Backends.Open(backend).Match(interpreter => interpreter is Gpu gpu ? Run(gpu) : Refuse($"{backend} is no GPU"), error => Refuse(error.Message));

static int Refuse(string problem)
{
    Console.Error.WriteLine($"{problem}\n--help lists the options");
    return 2;
}

int Count(string from)
{
    if (!Directory.Exists(from)) return Refuse($"there is no folder {from}: EMULATED_CUDA_COUNTS={from} scripts/cuda DIR -- COMMAND writes counts there");
    Figures figures;
    try
    {
        figures = Counted.Of(from);
    }
    catch (InvalidDataException e)
    {
        return Refuse(e.Message);
    }
    var report = new Report("gpu-counts", "Kernels by the counts of an emulated CUDA device, each with the least time that an H200 could take: the longest of what its multiprocessors need to issue instructions, for tensor cores, shared memory and the second-level cache. It is not a measurement, and no kernel is as fast: none of it says what waiting costs.", [figures]);
    report.Print();
    Console.WriteLine(string.Join("\n", Save(report)));
    return 0;
}

int Run(Gpu gpu)
{
    Console.WriteLine($"{gpu.Name}: {gpu.Device}, {Units.Bytes(gpu.DeviceBytes)}");
    using var tf32 = Gpu.Open(gpu.Kind, precision: MatmulPrecision.TF32).IfFail(e => throw e);
    var wrong = Correctness.Of(gpu, programs);
    var (report, rows) = profile is { } name ? Profile(gpu, name) : beside == "cpu" ? BesideCpu(gpu) : BesidePyTorch(gpu, tf32);
    report = report.With(Correctness.Figures(programs, wrong));
    foreach (var row in rows)
    {
        report = report.With(row);
        Save(report);
    }
    report.Print();
    if (folder is not null) Console.WriteLine(string.Join("\n", Save(report)));
    foreach (var problem in wrong) Console.Error.WriteLine(problem);
    return wrong.Count == 0 ? 0 : 1;
}

// After each row, so that a run that is ended early has not been in vain; rows that a filter leaves out stay those of the run before.
ImmutableArray<string> Save(Report report) => folder is null ? [] : (filter.Length > 0 ? report.Over(folder) : report).Save(folder);

(Report, IEnumerable<Figures>) BesidePyTorch(Gpu gpu, Gpu tf32)
{
    var peers = PyTorch.Measure(filter, seconds);
    return (
        new("gpu", $"The GPU interpreter ({gpu.Name}) on {gpu.Device}, beside {peers.Version}. Times are means of runs that are queued without waiting, {seconds} s for each row, after as much of warming up; PyTorch's likewise.", []),
        Rates.Products(gpu, filter, seconds, peers)
            .Concat(Rates.ReducedProducts(gpu, tf32, filter, seconds, peers))
            .Concat(Rates.Convolutions(gpu, filter, seconds, peers))
            .Concat(Rates.ReducedConvolutions(gpu, tf32, filter, seconds, peers))
            .Concat(Steps.Figures(gpu, tf32, filter, seconds, peers)));
}

(Report, IEnumerable<Figures>) BesideCpu(Gpu gpu) => (
    new(
        $"gpu-{gpu.Name}",
        $"The GPU interpreter ({gpu.Name}) on {gpu.Device}, beside the CPU interpreter on the same machine. Times are medians of runs in turn, queued together for about a millisecond, at most 20, and then waited for, {seconds} s for each row. `dotnet run -c Release --project benchmarks/gpu -- --backend {backend} --beside cpu`, by `scripts/opencl` where that lends the device.",
        []),
    Shares.Products(gpu, filter, seconds).Concat(Shares.Convolutions(gpu, filter, seconds)));

(Report, IEnumerable<Figures>) Profile(Gpu gpu, string name) => (
    new("gpu-profile", $"Training steps on the GPU interpreter ({gpu.Name}, {gpu.Device}) and on the CPU interpreter, run in turn: medians of {seconds} s. Steps are waited for one by one, and then kernels.", []),
    Profiles.Of(gpu, name, seconds));
