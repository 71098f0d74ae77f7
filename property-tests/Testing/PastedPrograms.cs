using System.Collections.Immutable;
using System.Reflection;
using FsCheck.Fluent;
using Functional;
using Functional.Interpreter;
using Functional.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;
using static Functional.Prelude;
using static Functional.Testing.Checks;

namespace PropertyTests.Testing;

/// <summary>A counterexample prints as C# that compiles, makes the same program, and gives the same results.</summary>
public sealed class PastedPrograms
{
    [Fact]
    public void Random_programs_compile_to_their_own_hash_and_results()
    {
        var programs = new[] { (Numbers.Integers, DType.F32), (Numbers.Smooth, DType.F64), (Numbers.Smooth, DType.F16), (Numbers.Smooth, DType.BF16) }
            .SelectMany(k => RandomProgram.Of(k.Item1, k.Item2).Generator.Sample(120, 60)).ToImmutableArray();
        var pasted = Compiled([.. programs.Select(p => toCSharp(p.Function, p.Inputs))]);
        for (var i = 0; i < programs.Length; i++)
        {
            Assert.Equal(programs[i].Function.Hash, pasted[i].F.Hash);
            Assert.Equal(new Reference().Compile(programs[i].Function).Run(programs[i].Inputs).AsEnumerable(), pasted[i].Results);
        }
    }

    [Fact]
    public void Derivatives_odd_names_and_odd_numbers_compile_to_their_own_hash()
    {
        var (x, y, z) = (variable("for", TensorType.F64(2)), variable("a/b \"c\"", TensorType.F64(2)), variable("x", TensorType.F64(2)));
        var numbers = constant<double>([2], double.NaN, -0.0) + constant(Literal.OfBytes(TensorType.F64(), [1, 0, 0, 0, 0, 0, 0xf8, 0x7f])) + double.NegativeInfinity;
        Function[] functions =
        [
            new([x, y, z, variable("x", TensorType.F32())], [x * y + z * numbers]),
            Derivatives.Forward(new([x, y], [customVjp(a => [a[0] * a[1]], (a, _, ct) => [ct[0] * a[1], ct[0] * a[0]], x, y)[0]])),
            Derivatives.Reverse(new([x, y], call(Function.Trace(a => [softmax(a[0]) * a[1]], ("f", x.Type), ("results", x.Type)), x, y))),
        ];
        var pasted = Compiled([.. functions.Select(f => toCSharp(f))]);
        Assert.Equal(functions.Select(f => f.Hash), pasted.Select(p => p.F.Hash));
    }

    [Fact]
    public void A_program_reads_as_one_would_write_it()
    {
        var (x, w) = (variable("x", TensorType.F64(2, 3)), variable("w", TensorType.F64(3, 1)));
        var f = new Function([x, w], [sum(tanh(matmul(x, w)) * 2, 0)]);
        Assert.Equal(
            """
            var x = variable("x", TensorType.F64(2, 3));
            var w = variable("w", TensorType.F64(3, 1));
            var v2 = dot(x, w, [], [], [1], [0]);
            var v3 = tanh(v2);
            var v4 = constant<double>([], [2]);
            var v5 = broadcast(v4, [2, 1], []);
            var v6 = v3 * v5;
            var v7 = sum(v6, [0]);
            var f = new Function([x, w], [v7]);
            var results = new Reference().Compile(f).Run(Tensor.Of<double>([2, 3], [1, 2, 3, 4, 5, 0.5]), Tensor.Of<double>([3, 1], [1, -1, 0]));
            """.ReplaceLineEndings("\n"),
            toCSharp(f, [Tensor.Of<double>([2, 3], [1, 2, 3, 4, 5, 0.5]), Tensor.Of<double>([3, 1], [1, -1, 0])]));
    }

    private static ImmutableArray<(Function F, ImmutableArray<Tensor> Results)> Compiled(ImmutableArray<string> programs)
    {
        var methods = programs.Select((p, i) => $"public static (Function, ImmutableArray<Tensor>) M{i}() {{ {p}\nreturn (f, {(p.Contains("var results", StringComparison.Ordinal) ? "results" : "[]")}); }}");
        var source = $"using System.Collections.Immutable; using Functional; using Functional.Interpreter; using static Functional.Prelude; public static class Pasted {{ {string.Join("\n", methods)} }}";
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create("Pasted", [CSharpSyntaxTree.ParseText(source)], references, new(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image);
        Assert.True(emitted.Success, string.Join("\n", emitted.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5).Select(d => $"{d.GetMessage()}: {source.Split('\n')[d.Location.GetLineSpan().StartLinePosition.Line]}")));
        var pasted = Assembly.Load(image.ToArray()).GetType("Pasted")!;
        return [.. programs.Select((_, i) => ((Function, ImmutableArray<Tensor>))pasted.GetMethod($"M{i}")!.Invoke(null, null)!)];
    }
}
