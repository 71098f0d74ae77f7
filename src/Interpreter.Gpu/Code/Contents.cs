using System.Collections.Immutable;

namespace Functional.Interpreter.Gpu.Code;

/// <summary>What a kernel consists of.</summary>
public static class Contents
{
    /// <summary>The values that a statement itself computes, in that order; those of statements within it not among them.</summary>
    public static ImmutableArray<Value> Roots(this Statement statement) => statement switch
    {
        Assignment a => [a.Value],
        Write w => [w.Index, w.Value],
        WideRead r => [r.Index],
        WideWrite w => [w.Index, .. w.Values],
        RunRead r => [r.Index],
        CountedLoop loop => [loop.From, loop.Until, loop.Step],
        Conditional c => [c.Condition],
        MatrixMultiplyAccumulate m => [.. m.Left, .. m.Right, .. m.Sums],
        _ => [],
    };

    /// <summary>The statements within a statement.</summary>
    public static ImmutableArray<Statement> Body(this Statement statement) => statement switch
    {
        CountedLoop loop => loop.Body,
        Conditional c => c.Body,
        _ => [],
    };

    /// <summary>All statements, each before those within it.</summary>
    public static IEnumerable<Statement> All(this ImmutableArray<Statement> body) => body.SelectMany(s => s.Body().All().Prepend(s));

    /// <summary>Values and all that they are computed from, each once.</summary>
    public static IReadOnlyCollection<Value> All(this ImmutableArray<Value> roots)
    {
        var (seen, stack) = (new HashSet<Value>(ReferenceEqualityComparer.Instance), new Stack<Value>(roots));
        while (stack.TryPop(out var v))
        {
            if (!seen.Add(v)) continue;
            foreach (var x in v.Inputs) stack.Push(x);
        }
        return seen;
    }
}
