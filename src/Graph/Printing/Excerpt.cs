namespace Functional;

/// <summary>A node in a line of text, however large the graph below it is: of what lies deeper, only the op's name and an ellipsis.</summary>
internal static class Excerpt
{
    private const int Deepest = 3, Width = 120;

    public static string Of(Expr node)
    {
        for (var depth = Deepest; depth > 0; depth--)
        {
            var text = Prelude.show(Cut(node, depth, []), limit: 0);
            if (text.Length <= Width && !text.Contains('\n', StringComparison.Ordinal)) return text;
        }
        return node.Label;
    }

    private static Expr Cut(Expr node, int depth, Dictionary<Expr, Expr> images) =>
        images.TryGetValue(node, out var image) ? image : images[node] = node.Op switch
        {
            Leaf or Broadcast { X.Op: Constant { Value.Type.Rank: 0 } } => node,
            Result r => Prelude.variable($"{r.Of.Op.Name}(…).{r.Index}", node.Type),
            _ when depth == 0 => Prelude.variable(node.Label, node.Type),
            var op => Expr.Of(op.With([.. node.Inputs.Select(x => Cut(x, depth - 1, images))])),
        };
}
