using System.Collections.Immutable;

namespace Functional;

/// <summary>The explicit text form: one node a line with its type, op, inputs and attributes, then the functions it calls.</summary>
internal static class Listing
{
    public static string Of(ImmutableArray<Expr> parameters, ImmutableArray<Expr> results, int limit)
    {
        var (lines, bodies, known) = (new List<string>(), new Queue<Function>(), new HashSet<Function>());
        void Append(string indent, ImmutableArray<Expr> inputs, ImmutableArray<Expr> outputs)
        {
            var order = Fold.PostOrder(outputs);
            var (names, ids, next) = (new Names(inputs, order), new Dictionary<Expr, string>(order.Length), 0);
            foreach (var node in inputs.Concat(order))
            {
                if (ids.ContainsKey(node)) continue;
                ids[node] = node.Op is Variable ? names[node] : $"%{next++}";
                lines.Add(indent + Line(node, ids));
                foreach (var f in node.Op.Functions())
                    if (known.Add(f)) bodies.Enqueue(f);
            }
            lines.Add($"{indent}return {string.Join(", ", outputs.Select(r => ids[r]))}");
        }

        Append("", parameters, results);
        while (bodies.TryDequeue(out var body))
        {
            lines.Add($"{Labels.Short(body)}:");
            Append("  ", body.Parameters, body.Results);
        }
        return string.Join("\n", lines.Take(limit)) + (lines.Count > limit ? $"\n… {lines.Count - limit} more …" : "");
    }

    private static string Line(Expr node, Dictionary<Expr, string> ids)
    {
        var types = string.Join(", ", node.Results);
        var attributes = node.Op is Variable ? [] : node.Op.Attributes.Select(Labels.Attribute);
        var words = node.Inputs.Select(x => ids[x]).Concat(attributes).Prepend(node.Op.Name);
        return $"{ids[node]}: {(node.Results.Length == 1 ? types : $"({types})")} = {string.Join(" ", words)}";
    }
}

public static partial class Prelude
{
    /// <summary>
    /// Every node on a line of its own, inputs first: <c>%2: f32[2] = sum %1 axes=[0]</c>; below, the functions that it calls. Nothing is left out
    /// but the elements of large constants.
    /// </summary>
    /// <param name="x">The expression.</param>
    /// <param name="limit">How many lines are shown; of the rest, only their number.</param>
    public static string listing(Expr x, int limit = int.MaxValue) => Listing.Of([], [x], limit);

    /// <summary>Every node of several expressions on a line of its own. See <see cref="listing(Expr, int)"/>.</summary>
    public static string listing(ImmutableArray<Expr> xs, int limit = int.MaxValue) => Listing.Of([], xs, limit);

    /// <summary>Every node of a function on a line of its own. See <see cref="listing(Expr, int)"/>.</summary>
    public static string listing(Function f, int limit = int.MaxValue) => Listing.Of(f.Parameters, f.Results, limit);
}
