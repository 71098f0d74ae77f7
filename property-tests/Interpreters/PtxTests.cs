using Functional;
using Functional.Interpreter.Gpu.Code;
using Functional.Interpreter.Gpu.Emission;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>What the driver is given for each kernel, read where there is no driver.</summary>
public sealed class PtxTests(PtxTests.Compiler compiler) : IClassFixture<PtxTests.Compiler>
{
    public sealed class Compiler : IDisposable
    {
        public Ptx Ptx { get; } = new((9, 0), (8, 4));

        public void Dispose() => Ptx.Dispose();
    }

    public static TheoryData<DType> Types => [.. DTypes.All];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_kernel_of_the_op_examples_is_as_it_should_be(DType type) =>
        Assert.All(ExampleKernels.Of(type), code => Assert.Empty(PtxLint.Findings(compiler.Ptx.Of(code), code)));

    [Fact]
    public void Every_kernel_of_a_training_step_is_as_it_should_be() =>
        Assert.All(ExampleKernels.OfTrainingStep, code => Assert.Empty(PtxLint.Findings(compiler.Ptx.Of(code), code)));

    [Fact]
    public void Every_kernel_of_long_lines_is_as_it_should_be() =>
        Assert.All(ExampleKernels.OfLongLines, code => Assert.Empty(PtxLint.Findings(compiler.Ptx.Of(code), code)));

    /// <summary>What a thread chooses between it computes, and branches nowhere.</summary>
    [Fact]
    public void A_selection_is_no_branch()
    {
        var k = new KernelBuilder("selections");
        var (x, y, thread) = (k.Argument(DType.F32), k.Argument(DType.F32), KernelBuilder.Thread);
        var (a, b) = (k.Let(x[thread]), k.Let(x[thread + 64]));
        k.Put(y, thread, Value.Select(a < b, Value.Select(thread.Is(3) | (b < Number.Of(DType.F32, 0)), a + Number.Of(DType.F32, 1), b), a * b));
        k.Put(y, thread + 64, Value.Select(a < b, thread, Value.Select(b < a, 7, 9)).To(DType.F32));
        var text = compiler.Ptx.Of(k.Build(1, 64));
        Assert.DoesNotContain("bra", text, StringComparison.Ordinal);
        Assert.Equal(4, text.Split("selp.").Length - 1);
    }

    /// <summary>What is compared is no NaN where a comparison holds, wherever the constant stands, and a variable that is one: ILGPU has it otherwise.</summary>
    [Fact]
    public void Comparisons_with_constants_hold_of_numbers_only()
    {
        string Of(Func<Value, Local, Local, Value> comparison)
        {
            var k = new KernelBuilder("comparison");
            var (x, y, thread) = (k.Argument(DType.F32), k.Argument(DType.F32), KernelBuilder.Thread);
            var (a, constant, sometimes) = (k.Let(x[thread]), k.Let(Number.Of(DType.F32, 3)), k.Let(Number.Of(DType.F32, 4)));
            k.Where(thread.Is(5), () => k.Set(sometimes, x[thread + 1]));
            k.Put(y, thread, Value.Select(comparison(a, constant, sometimes), a, Number.Of(DType.F32, 9)));
            return compiler.Ptx.Of(k.Build(1, 64));
        }
        var number = Number.Of(DType.F32, 1);
        foreach (var comparison in (Func<Value, Local, Local, Value>[])[(a, _, _) => number < a, (a, _, _) => number <= a, (a, c, _) => c < a, (a, c, _) => a <= c, (a, _, _) => a < number, (a, _, _) => !(a < number)])
            Assert.Matches(@"setp\.((lt|le|gt|ge)|geu)\.f32\s+%p\d+, %f\d+, 0f(3F80|4040)0000;", Of(comparison));
        foreach (var comparison in (Func<Value, Local, Local, Value>[])[(a, _, _) => number < a, (a, _, _) => number <= a, (a, c, _) => c < a, (a, c, _) => a <= c])
            Assert.DoesNotMatch(@"setp\.(lt|le|gt|ge)u\.", Of(comparison));
        foreach (var comparison in (Func<Value, Local, Local, Value>[])[(_, c, s) => c < s, (_, c, s) => c <= s, (_, c, s) => s < c])
            Assert.Matches(@"setp\.eq\.f32\s+%p\d+, (%f\d+), \1;", Of(comparison));
    }

    /// <summary>Each thread writes down what its neighbour has, twice.</summary>
    private static KernelCode Neighbours()
    {
        var k = new KernelBuilder("neighbours");
        var (x, y, shared) = (k.Argument(DType.F32), k.Argument(DType.F32), k.Shared(DType.F32, 64));
        var thread = KernelBuilder.Thread;
        k.For(2, n =>
        {
            k.Put(shared, thread, x[(n * 64) + thread]);
            k.Meet();
            k.Put(y, (n * 64) + thread, shared[thread ^ 1] + 1);
            k.Meet();
        });
        return k.Build(1, 64);
    }

    [Fact]
    public void A_text_does_not_depend_on_what_was_compiled_before()
    {
        var before = compiler.Ptx.Of(Neighbours());
        foreach (var code in ExampleKernels.OfTrainingStep.Take(3)) compiler.Ptx.Of(code);
        Assert.Equal(before, compiler.Ptx.Of(Neighbours()));
        using var other = new Ptx((9, 0), (8, 4));
        Assert.Equal(before, other.Of(Neighbours()));
    }

    [Fact]
    public void Each_mistake_is_found_in_a_broken_text()
    {
        var code = Neighbours();
        var text = compiler.Ptx.Of(code);
        Assert.Empty(PtxLint.Findings(text, code));
        void Finds(string what, string from, string to)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            Assert.Contains(what, string.Join("\n", PtxLint.Findings(Once(text, from, to), code)), StringComparison.Ordinal);
        }
        Finds("calls cbrtf, which is not there", "\tret;", "\tcall (retval0), cbrtf, (param0);\n\tret;");
        Finds("calls cbrtf, which is not there", ".visible .entry", ".extern .func (.param .b32 retval) cbrtf(.param .b32 x);\n.visible .entry");
        Finds("uses local memory", "\tret;", "\tst.local.f32 [%rd1], %f1;\n\tret;");
        Finds("ld.f32 does not say which memory", "ld.global.f32", "ld.f32");
        Finds("st.f32 does not say which memory", "st.global.f32", "st.f32");
        Finds("@%p1 bra.uni takes it that all threads branch alike", "\tret;", "\t@%p1 bra.uni L_0;\n\tret;");
        Finds("rem.s32 %r1, %r2, 3 divides by a constant", "\tret;", "\trem.s32 %r1, %r2, 3;\n\tret;");
        Finds("add.rn.f64, although the kernel has no f64", "\tret;", "\tadd.rn.f64 %fd1, %fd1, %fd1;\n\tret;");
        Finds("shared memory is accessed as w||r|, not w|r| ", "\tld.shared.f32", "\tbar.sync 0;\n\tld.shared.f32");
        Finds("shared memory is accessed as w|r, not w|r|", LastBarrier(text), "");
        Finds("two barriers without an access between", "\tld.shared.f32", "\tbar.sync 0;\n\tbar.sync 0;\n\tld.shared.f32");
    }

    private static string Once(string text, string from, string to) => text.IndexOf(from, StringComparison.Ordinal) is var at ? text[..at] + to + text[(at + from.Length)..] : text;

    private static string LastBarrier(string text) => text[text.LastIndexOf("\tbar.sync", StringComparison.Ordinal)..];
}
