using EmulatedCuda.Ptx;

namespace EmulatedCuda.Machine;

/// <summary>A kernel that is ready to run.</summary>
internal sealed class Program
{
    /// <param name="source">What it is.</param>
    /// <param name="fuses">Whether products that only a sum reads are not rounded, as NVIDIA's assembler has it.</param>
    public Program(Source source, bool fuses)
    {
        (Name, MostThreads, ParameterBytes, SharedBytes) = (source.Name, source.MostThreads, source.Parameters.Bytes, source.Shared.Bytes);
        var registers = new RegisterFile(source);
        Statements = fuses ? Contraction.Of(source.Statements, source.Labels.Values) : source.Statements;
        var decoder = new Decoder(source, registers, Meetings.Of(Statements, source.Labels));
        Instructions = [.. Statements.Select(decoder.Of), new Exit()];
        SmallestShared = decoder.SmallestShared;
        (RegisterBytes, Constants, Specials) = (registers.Bytes, [.. registers.Constants], [.. registers.Specials]);
    }

    public string Name { get; }

    public int MostThreads { get; }

    public int ParameterBytes { get; }

    public int SharedBytes { get; }

    /// <summary>The bytes of the smallest numbers that are in shared memory.</summary>
    public int SmallestShared { get; }

    public int RegisterBytes { get; }

    public (ulong Bits, int Bytes, int Offset)[] Constants { get; }

    public (string Name, int Offset)[] Specials { get; }

    public IReadOnlyList<Statement> Statements { get; }

    public Instruction[] Instructions { get; }
}
