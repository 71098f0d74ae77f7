namespace Functional;

/// <summary>A piece of notation, and how tightly it holds together.</summary>
internal readonly record struct Fragment(string Text, int Precedence)
{
    public const int Loosest = 0, Comparison = 1, Sum = 2, Product = 3, Sign = 4, Atom = 5;

    /// <summary>The text where something at least so tight must stand: in parentheses if it is looser.</summary>
    public string At(int least, string open = "(", string close = ")") => Precedence >= least ? Text : $"{open}{Text}{close}";

    /// <summary>The infix signs of printed text, by op name.</summary>
    public static (string Sign, int Precedence)? Infix(Op op) => op is not Binary ? null : op.Name switch
    {
        "add" => ("+", Sum),
        "sub" => ("-", Sum),
        "mul" => ("*", Product),
        "div" => ("/", Product),
        "less" => ("<", Comparison),
        "lessEqual" => ("<=", Comparison),
        "greater" => (">", Comparison),
        "greaterEqual" => (">=", Comparison),
        "equal" => ("==", Comparison),
        "notEqual" => ("!=", Comparison),
        _ => null,
    };

    /// <summary>
    /// Two operands about a sign. The right one is in parentheses where it is as loose as the whole or bears a sign itself, since floating-point
    /// arithmetic is not associative.
    /// </summary>
    public static Fragment Between(Fragment x, string sign, Fragment y, int precedence, string open = "(", string close = ")")
    {
        var left = x.At(precedence == Comparison ? Sum : precedence, open, close);
        var right = y.Precedence == Sign ? y.At(Atom, open, close) : y.At(precedence + 1, open, close);
        return new($"{left} {sign} {right}", precedence);
    }
}
