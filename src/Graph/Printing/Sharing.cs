using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// A graph as nested notation with names for what would stand twice, or be too long. Iterative, and linear in the graph.
/// </summary>
internal sealed record Sharing(ImmutableArray<(string Name, Fragment Value)> Lets, ImmutableArray<Fragment> Results, Names Names)
{
    /// <summary>Writes each node once, inputs first, from the fragments of its operands.</summary>
    /// <param name="parameters">What is named first.</param>
    /// <param name="roots">What is written.</param>
    /// <param name="width">The length of text from which a node gets a name.</param>
    /// <param name="write">A node in terms of its operands, given names.</param>
    /// <param name="symbol">How a name is written.</param>
    /// <param name="taken">Names that are given already.</param>
    public static Sharing Of(
        ImmutableArray<Expr> parameters, ImmutableArray<Expr> roots, int width,
        Func<Expr, ImmutableArray<Fragment>, Names, Fragment> write, Func<string, string> symbol, IEnumerable<string> taken)
    {
        var order = Fold.PostOrder(roots);
        var (names, uses) = (new Names(parameters, order, taken), Uses(order, roots));
        var isRoot = roots.ToHashSet();
        var (written, lets) = (new Dictionary<Expr, Fragment>(uses.Count), ImmutableArray.CreateBuilder<(string, Fragment)>());
        foreach (var node in order)
        {
            if (!uses.TryGetValue(node, out var count)) continue;
            var value = write(node, [.. node.Inputs.Select(x => written[Operand(node, x)])], names);
            var once = count == 1 && (isRoot.Contains(node) || value.Text.Length <= width);
            if (node.Results.Length == 1 && (node.Op is Leaf && value.Text.Length <= width || once)) written[node] = value;
            else
            {
                var name = names.Fresh();
                lets.Add((name, value));
                written[node] = new(symbol(name), Fragment.Atom);
            }
        }
        return new(lets.DrainToImmutable(), [.. roots.Select(r => written[r])], names);
    }

    /// <summary>How often each node is written; a node that never is, is not in it.</summary>
    private static Dictionary<Expr, int> Uses(ImmutableArray<Expr> order, ImmutableArray<Expr> roots)
    {
        var uses = new Dictionary<Expr, int>();
        foreach (var root in roots) uses[root] = uses.GetValueOrDefault(root) + 1;
        foreach (var node in order.Reverse())
            if (uses.ContainsKey(node))
                foreach (var input in node.Inputs)
                {
                    var operand = Operand(node, input);
                    uses[operand] = uses.GetValueOrDefault(operand) + 1;
                }
        return uses;
    }

    /// <summary>What is written for an input: a scalar itself where it meets a tensor in an elementwise op and is broadcast for that only.</summary>
    private static Expr Operand(Expr node, Expr input) =>
        node.Op is Elementwise && IsScalar(input) && node.Inputs.Any(x => !IsScalar(x)) ? input.Inputs[0] : input;

    private static bool IsScalar(Expr x) => x.Op is Broadcast { X.Rank: 0 };
}
