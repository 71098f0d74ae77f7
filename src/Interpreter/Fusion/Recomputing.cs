using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>
/// Which elementwise nodes are as well computed by each of their readers as once: those that depend on one full-sized value with memory, so
/// that a reader reads that in their place and as many bytes, by few enough functions. Random bits do not count: they are wider than what
/// is made of them.
/// </summary>
internal sealed class Recomputing
{
    private const int None = -1;
    private const int Several = -2;
    private const int MostCost = 24;
    private const int Function = 8;

    private readonly int[] cost;
    private readonly int[] anchor;

    /// <param name="live">The nodes, inputs first.</param>
    /// <param name="placeOf">Where each stands.</param>
    /// <param name="hasMemory">Whether the node at a place has memory whatever is fused.</param>
    /// <param name="readers">How many nodes read that at a place.</param>
    public Recomputing(ImmutableArray<Expr> live, IReadOnlyDictionary<Expr, int> placeOf, Func<int, bool> hasMemory, Func<int, int> readers)
    {
        (cost, anchor) = (new int[live.Length], new int[live.Length]);
        for (var place = 0; place < live.Length; place++)
        {
            var node = live[place];
            (cost[place], anchor[place]) = node.Op switch
            {
                _ when hasMemory(place) => (0, node.Op is RandomBits ? Several : place),
                Broadcast or Constant => (0, None),
                Reshape r => (cost[placeOf[r.X]], anchor[placeOf[r.X]] == placeOf[r.X] ? place : anchor[placeOf[r.X]]),
                _ when Kernels.IsMap(node) => Map(node, placeOf) is (_, Several) && readers(place) > 1 ? (0, place) : Map(node, placeOf),
                _ => (0, place),
            };
        }
    }

    public bool IsCheap(int place) => anchor[place] != Several && cost[place] <= MostCost;

    private (int Cost, int Anchor) Map(Expr node, IReadOnlyDictionary<Expr, int> placeOf)
    {
        var (total, on) = (Cost(node.Op), None);
        foreach (var x in node.Inputs)
        {
            var place = placeOf[x];
            total += cost[place];
            if (anchor[place] == None || anchor[place] == on) continue;
            on = on == None ? anchor[place] : Several;
        }
        return (Math.Min(total, MostCost + 1), on);
    }

    /// <summary>Whether a node costs much more than loading its value.</summary>
    public static bool IsCostly(Expr node) => Cost(node.Op) >= Function;

    /// <summary>What an elementwise op costs, in simple operations.</summary>
    private static int Cost(Op op) => op is Pointwise p ? Cost(p.GetType()) : 1;

    /// <summary>The same, by the op's closed type.</summary>
    public static int Cost(Type op) =>
        op.GetGenericTypeDefinition() is var family && (family == typeof(FloatUnary<>) || family == typeof(FloatBinary<>)) ? Function : op == typeof(NumberBinary<Functions.Div>) ? 4 : 1;
}
