using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Functional;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>Every kernel assembles, and no thread runs out of registers.</summary>
public sealed class PtxasTests
{
    private static readonly string[] Architectures = ["sm_80", "sm_90"];

    /// <summary>Kernels with their source: where a table of them is wanted, it is written to benchmarks/results/gpu-registers.md.</summary>
    [PtxasFact]
    public void Every_kernel_assembles_without_spills()
    {
        (string Of, KernelCode Code)[] kernels =
        [
            .. ExampleKernels.OfTrainingStep.Select(c => ("a training step", c)),
            .. ExampleKernels.OfLongLines.Select(c => ("long lines", c)),
            .. ExampleKernels.OnTensorCores.Select(c => ($"products on tensor cores, {c.Body.All().OfType<MatrixMultiplyAccumulate>().First().Numbers}", c)),
            .. DTypes.All.SelectMany(t => ExampleKernels.Of(t).Select(c => ($"examples in {t.Text}", c))),
        ];
        using var ptx = new Ptx((9, 0), (8, 4));
        var texts = kernels.Select(k => ptx.Of(k.Code)).ToArray();
        var uses = Architectures.Select(a => Ptxas.Assemble(texts, a)).ToArray();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") Save(kernels, uses);
        for (var i = 0; i < kernels.Length; i++)
            foreach (var (use, architecture) in uses.Select(u => u[i]).Zip(Architectures))
            {
                Assert.InRange(use.Registers, 1, 255);
                Assert.True(use.SpillBytes + use.StackBytes == 0, $"{architecture}: {use} of the kernel\n{kernels[i].Code}");
                if (IsOfWideReads(kernels[i].Code)) Assert.InRange(use.Registers, 1, 65536 / (2 * kernels[i].Code.Threads));
                Assert.InRange(use.SharedBytes, kernels[i].Code.Shared.Sum(s => (long)s.Length * s.Type.Size), 48 * 1024);
            }
    }

    /// <summary>Whether tensor cores multiply what is all read wide: of such kernels a multiprocessor has room for two groups.</summary>
    private static bool IsOfWideReads(KernelCode code) =>
        code.Body.All().OfType<MatrixMultiplyAccumulate>().Any() && !code.Body.All().Any(s => s.Roots().All().Any(v => v is Element { Of: Argument }));

    private static void Save((string Of, KernelCode Code)[] kernels, ImmutableArray<Ptxas.Use>[] uses, [CallerFilePath] string caller = "")
    {
        var table = new StringBuilder("# Registers of the GPU interpreter's kernels\n\nAs `ptxas -v` says: registers of a thread, on sm_80 and sm_90; the most where several kernels have a name. Written by\n`PTXAS=... UPDATE_GOLDEN=1 dotnet test -c Release property-tests --filter PtxasTests`.\n\n| of | kernel | kernels | sm_80 | sm_90 | spilled bytes | shared bytes |\n|---|---|---:|---:|---:|---:|---:|\n");
        foreach (var group in Enumerable.Range(0, kernels.Length).GroupBy(i => (kernels[i].Of, kernels[i].Code.Name)))
            table.Append(CultureInfo.InvariantCulture, $"| {group.Key.Of} | {group.Key.Name} | {group.Count()} | {group.Max(i => uses[0][i].Registers)} | {group.Max(i => uses[1][i].Registers)} | {group.Max(i => uses.Max(u => u[i].SpillBytes))} | {group.Max(i => uses[1][i].SharedBytes)} |\n");
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(caller)!, "..", "..", "benchmarks", "results", "gpu-registers.md"), table.ToString());
    }
}
