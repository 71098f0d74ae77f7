using System.Collections.Immutable;

namespace Functional;

/// <summary>Names for the functions that a program's ops own, f1, f2, …, each once, in the order in which one meets them. What a composite computes is told by its name.</summary>
internal sealed class FunctionNames
{
    private readonly Dictionary<Function, string> names = [];

    public FunctionNames(ImmutableArray<Expr> parameters, ImmutableArray<Expr> results)
    {
        var (symbols, order, next) = (new HashSet<string>(StringComparer.Ordinal), new List<Function>(), 0);
        var known = new HashSet<Function>();
        void Meet(IEnumerable<Expr> nodes)
        {
            foreach (var node in nodes)
            {
                if (node.Op is Variable v) symbols.Add(v.Symbol);
                if (node.Op is Composite) continue;
                foreach (var f in node.Op.Functions())
                    if (known.Add(f)) order.Add(f);
            }
        }

        Meet(Fold.PostOrder(results).Concat(parameters));
        for (var i = 0; i < order.Count; i++) Meet(order[i].Nodes.Concat(order[i].Parameters));
        foreach (var f in order)
        {
            do next++;
            while (symbols.Contains($"f{next}"));
            names[f] = $"f{next}";
        }
        All = [.. order];
    }

    /// <summary>The functions, in the order of their names.</summary>
    public ImmutableArray<Function> All { get; }

    public string this[Function f] => names[f];

    /// <summary>What no other thing may be called.</summary>
    public IEnumerable<string> Taken => names.Values;

    /// <summary>The names of the functions that an op owns.</summary>
    public IEnumerable<string> Of(Op op) => op.Functions().Select(f => names[f]);
}
