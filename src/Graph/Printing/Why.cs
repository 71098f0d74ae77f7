using System.Text;

namespace Functional;

/// <summary>The history of a node in words.</summary>
internal static class Why
{
    public static string Of(Expr node)
    {
        var text = new StringBuilder();
        for (var at = node; ; at = at.Origin.Node)
        {
            text.Append(Excerpt.Of(at)).Append(": ").AppendJoin(", ", at.Results);
            if (at.Origin is not { } origin)
            {
                if (at.Location is { } line) text.Append($", built at {line}");
                return text.ToString();
            }
            text.Append($"\n  {origin.Rule}, from\n");
        }
    }
}

public static partial class Prelude
{
    /// <summary>
    /// Which rule made a node, and from which node, and so on back to the node that the user built, with its line where lines are recorded
    /// (see <see cref="traced{T}"/>). What a node computes is shown three ops deep.
    /// </summary>
    public static string why(Expr node) => Why.Of(node);
}
