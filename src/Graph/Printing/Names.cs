using System.Collections.Immutable;

namespace Functional;

/// <summary>Names for what is printed, given out in the order asked for: the same graph gets the same names in every process.</summary>
internal sealed class Names
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> namesakes = new(StringComparer.Ordinal);
    private readonly Dictionary<Expr, string> variables = [];
    private int next;

    /// <summary>Names for the variables among some nodes, parameters first; those with the same symbol are told apart by primes. No name is one of the others.</summary>
    public Names(ImmutableArray<Expr> parameters, ImmutableArray<Expr> nodes, IEnumerable<string>? others = null)
    {
        taken.UnionWith(others ?? []);
        foreach (var node in parameters.Concat(nodes))
            if (node.Op is Variable v && !variables.ContainsKey(node)) variables[node] = Primed(v.Symbol);
    }

    /// <summary>A variable's name.</summary>
    public string this[Expr variable] => variables[variable];

    /// <summary>The next name that is free: a, b, …, z, a1, b1, ….</summary>
    public string Fresh()
    {
        while (true)
        {
            var name = $"{(char)('a' + next % 26)}{(next < 26 ? "" : next / 26)}";
            next++;
            if (taken.Add(name)) return name;
        }
    }

    /// <summary>x, x', x'', x''', then x'4, x'5, ….</summary>
    private string Primed(string symbol)
    {
        var stem = string.IsNullOrWhiteSpace(symbol) ? "_" : symbol;
        while (true)
        {
            var count = namesakes.GetValueOrDefault(stem);
            namesakes[stem] = count + 1;
            var name = stem + (count <= 3 ? new string('\'', count) : $"'{count}");
            if (taken.Add(name)) return name;
        }
    }
}
