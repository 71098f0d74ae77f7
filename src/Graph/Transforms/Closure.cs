using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Closure conversion: what a piece of graph reads from outside becomes parameters. What does not depend on its own parameters is computed
/// outside, once; only leaves that hold no variable, and copies (broadcasts, reshapes), stay inside.
/// </summary>
internal static class Closure
{
    /// <summary>The outermost nodes that the roots read and that do not depend on the parameters, inputs first.</summary>
    public static ImmutableArray<Expr> Captured(ImmutableArray<Expr> roots, IEnumerable<Expr> parameters)
    {
        var order = Fold.PostOrder(roots);
        var (inside, read) = (parameters.ToHashSet(), roots.ToHashSet());
        foreach (var node in order)
            if (node.Inputs.Any(inside.Contains)) inside.Add(node);
        var captured = ImmutableArray.CreateBuilder<Expr>();
        foreach (var node in order.Reverse())
        {
            if (!inside.Contains(node) && !read.Contains(node)) continue;
            if (inside.Contains(node) || node.Op is Broadcast or Reshape) read.UnionWith(node.Inputs);
            else if (node.Op is not Leaf or Variable) captured.Add(node);
        }
        captured.Reverse();
        return captured.DrainToImmutable();
    }

    /// <summary>New variables that stand for nodes inside; a variable lends its symbol.</summary>
    public static ImmutableArray<Expr> Names(ImmutableArray<Expr> captured, string stem = "c") =>
        [.. captured.Select((c, i) => Prelude.variable(c.Op is Variable v ? v.Symbol : $"{stem}{i}", c.Type))];

    /// <summary>The roots as a function of its own parameters after those that stand for what it captures.</summary>
    public static (Function Function, ImmutableArray<Expr> Captured) Of(ImmutableArray<Expr> roots, ImmutableArray<Expr> parameters)
    {
        var captured = Captured(roots, parameters);
        var names = Names(captured);
        var images = captured.Zip(names, KeyValuePair.Create).ToDictionary();
        return (new([.. names, .. parameters], Fold.Substitute(roots, images)), captured);
    }
}
