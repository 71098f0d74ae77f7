using System.Collections.Immutable;

namespace Functional;

/// <summary>Short texts for ops and attributes.</summary>
internal static class Labels
{
    /// <summary>An attribute; a function by the head of its hash.</summary>
    public static string Attribute(Attribute a) => a.Value switch
    {
        Function f => $"{a.Name}={Short(f)}",
        IEnumerable<Function> fs => $"{a.Name}=[{string.Join(", ", fs.Select(Short))}]",
        _ => a.ToString(),
    };

    /// <summary>The attributes that are no functions.</summary>
    public static ImmutableArray<string> Plain(Op op) => [.. op.Attributes.Where(a => a.Value is not (Function or IEnumerable<Function>)).Select(a => a.ToString())];

    /// <summary>The head of a function's hash, <c>fn_1a2b3c4d</c>.</summary>
    public static string Short(Function f) => f.ToString()[..11];

    /// <summary>What stands in a box for a node: a sign, a name, a value, or the op's name.</summary>
    public static string Box(Expr node, Names names) => node.Op switch
    {
        Variable => names[node],
        Constant c => c.Value.ToString(),
        NumberUnary<Functions.Neg> => "−",
        var op when Fragment.Infix(op) is { Sign: var sign } => sign switch { "*" => "×", "-" => "−", "/" => "÷", "<=" => "≤", ">=" => "≥", "==" => "=", "!=" => "≠", _ => sign },
        var op => op.Name,
    };
}
