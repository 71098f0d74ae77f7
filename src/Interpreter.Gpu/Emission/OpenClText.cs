using System.Runtime.CompilerServices;
using ILGPU.Backends.OpenCL;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>OpenCL C of which clang makes vectors as wide as a processor's registers.</summary>
internal static class OpenClText
{
    /// <summary>
    /// For every processor with AVX-512 of which it knows no more, clang takes 256 bits to be faster than 512, as they were on the first of them: functions are
    /// tuned for one on which they are not. Compilers for other devices read none of this.
    /// </summary>
    private const string Before = """
        #if defined(__clang__) && defined(__AVX512F__)
        #pragma clang attribute push(__attribute__((target("tune=znver4"))), apply_to = function)
        #endif

        """;

    private const string After = """

        #if defined(__clang__) && defined(__AVX512F__)
        #pragma clang attribute pop
        #endif

        """;

    /// <summary>Gives a kernel, before a driver gets it, a text that says so.</summary>
    public static void Widen(CLCompiledKernel kernel) => Text(kernel) = Before + kernel.Source + After;

    /// <summary>The compiler offers no way to change its text; its version is pinned, and a test reads the field.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Source>k__BackingField")]
    private static extern ref string Text(CLCompiledKernel kernel);
}
