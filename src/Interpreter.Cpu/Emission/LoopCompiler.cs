using System.Collections.Concurrent;

namespace Functional.Interpreter.Cpu.Emission;

/// <summary>Code for fused loops, once for each program: loops that differ only in their sizes share it.</summary>
internal sealed class LoopCompiler
{
    private readonly ConcurrentDictionary<string, LoopCode> known = new();

    /// <summary>The code of a loop for vectors of a width.</summary>
    public LoopCode Of(FusedLoop loop, VectorWidth width) => known.GetOrAdd($"{width} {LoopEmitter.Vocabularies(loop, width).Count()} {(loop.Batch > 1 ? "pieces " : "")}{Program(loop)}", _ => LoopEmitter.Emit(loop, width));

    private static string Program(FusedLoop loop) => string.Join(";", loop.Stages.Select(s =>
        $"{string.Join(",", s.Row.Select(i => Text(i, loop)))}|{string.Join(",", s.Columns.Select(i => Text(i, loop)))}"));

    private static string Text(Instruction i, FusedLoop loop) => i switch
    {
        Load l => $"{l.To}={loop.Types[l.To]}@{l.Operand}",
        Immediate m => $"{m.To}={loop.Types[m.To]}#{System.Convert.ToHexString(m.Value.Bytes)}",
        Apply a => $"{a.To}={a.Function}:{a.Of}({string.Join(" ", a.Args)})",
        Choose c => $"{c.To}={loop.Types[c.To]}?{c.Predicate} {c.X} {c.Y}",
        Cast c => $"{c.To}={loop.Types[c.To]}<{c.X}",
        Reduce r => $"{r.To}={r.Kind} {r.X}",
        Store s => $"@{s.Operand}={s.X}",
        _ => throw new NotSupportedException($"{i} has no text"),
    };
}
