using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>A test that needs NVIDIA's assembler; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PtxasFactAttribute : FactAttribute
{
    public override string? Skip
    {
        get => Ptxas.Program is null ? "there is no ptxas here: scripts/ptxas DIR fetches it, and PTXAS=DIR/ptxas says where it is" : null;
        set => throw new NotSupportedException("the reason is the machine's");
    }
}
