using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Functional;
using Functional.Interpreter;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Printing;

/// <summary>Printed arithmetic, read back by the usual rules of precedence, has the value of the graph, bit for bit.</summary>
public sealed class PrecedenceTests
{
    private static readonly Reference Reference = new();

    /// <summary>Each step makes a node of an op and two earlier nodes.</summary>
    private static Expr Build((int Op, int X, int Y)[] steps)
    {
        List<Expr> pool = [constant(3, DType.F64), constant(-0.5, DType.F64), constant(7, DType.F64)];
        foreach (var (op, x, y) in steps)
        {
            var (a, b) = (pool[Math.Abs(x % pool.Count)], pool[^(1 + Math.Abs(y % Math.Min(3, pool.Count)))]);
            pool.Add(Math.Abs(op % 6) switch { 0 => a + b, 1 => a - b, 2 => a * b, 3 => a / b, 4 => b - a, _ => -b });
        }
        return pool[^1];
    }

    private static Arbitrary<(int Op, int X, int Y)[]> Programs =>
        ArbMap.Default.ArbFor<(int, int, int)[]>().Filter(p => p.Length <= 60);

    [Property(MaxTest = 500)]
    public Property Text_groups_as_the_graph_does() => Prop.ForAll(Programs, steps =>
    {
        var graph = Build(steps);
        var expected = Reference.Eval(graph).Value;
        return Arithmetic.Value(show(graph)).Equals(expected);
    });

    [Property(MaxTest = 200)]
    public Property Parentheses_and_braces_balance() => Prop.ForAll(Programs, steps =>
    {
        var graph = Build(steps);
        return Depth(show(graph), '(', ')') == 0 && Depth(toLatex(graph), '{', '}') == 0 && Depth(toLatex(graph), '(', ')') == 0;
    });

    [Theory]
    [InlineData("2 - 3 - 4", -5)]
    [InlineData("2 - (3 - 4)", 3)]
    [InlineData("-2 * 3 + 12 / 4 / 3", -5)]
    [InlineData("let a = 2 + 1\nin a * a", 9)]
    public void The_reader_knows_precedence(string text, double value) => Assert.Equal(value, Arithmetic.Value(text));

    private static int Depth(string text, char open, char close)
    {
        var depth = 0;
        foreach (var c in text)
        {
            depth += c == open ? 1 : c == close ? -1 : 0;
            if (depth < 0) return depth;
        }
        return depth;
    }
}
