using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Functional;

/// <summary>
/// The only traversal: every node that some roots need, once, inputs before users, in the order of a depth-first search from the roots. Each
/// node has a place, and the walk knows the places of its inputs, so that a pass keeps what it knows of nodes in arrays and asks for no
/// node's identity again. The search has an explicit stack, so that a graph may be as deep as memory holds.
/// </summary>
public sealed class Walk
{
    private readonly Numbering met = new();
    private readonly int[] placeOf;
    private readonly int[] first;
    private readonly int[] inputs;

    /// <summary>The walk from some roots.</summary>
    public Walk(params ReadOnlySpan<Expr> roots)
    {
        var (begin, edges, stack, done) = (new List<int>(), new List<int>(), new Stack<(int Number, int Next)>(), 0);
        var placed = new List<int>();
        int Meet(Expr node)
        {
            var number = met.Of(node);
            if (number < begin.Count) return number;
            begin.Add(edges.Count);
            placed.Add(0);
            CollectionsMarshal.SetCount(edges, edges.Count + node.Inputs.Length);
            stack.Push((number, 0));
            return number;
        }

        foreach (var root in roots)
        {
            Meet(root);
            while (stack.TryPop(out var top))
            {
                var node = met[top.Number];
                if (top.Next == node.Inputs.Length)
                {
                    placed[top.Number] = done++;
                    continue;
                }
                stack.Push((top.Number, top.Next + 1));
                var number = Meet(node.Inputs[top.Next]);
                edges[begin[top.Number] + top.Next] = number;
            }
        }
        var nodes = new Expr[done];
        (placeOf, first, inputs) = ([.. placed], new int[done], [.. edges]);
        for (var number = 0; number < done; number++) (nodes[placeOf[number]], first[placeOf[number]]) = (met[number], begin[number]);
        for (var edge = 0; edge < inputs.Length; edge++) inputs[edge] = placeOf[inputs[edge]];
        Nodes = ImmutableCollectionsMarshal.AsImmutableArray(nodes);
    }

    /// <summary>Every node, inputs first. The place of a node is its index here.</summary>
    public ImmutableArray<Expr> Nodes { get; }

    /// <summary>How many nodes there are.</summary>
    public int Count => Nodes.Length;

    /// <summary>The places of the inputs of the node at a place.</summary>
    public ReadOnlySpan<int> InputsOf(int place) => inputs.AsSpan(first[place], Nodes[place].Inputs.Length);

    /// <summary>Where a node stands; −1 where the roots do not need it.</summary>
    public int PlaceOf(Expr node) => met.Find(node) is var number and >= 0 ? placeOf[number] : -1;

    /// <summary>What stands in the roots' places, given what stands in each place.</summary>
    internal ImmutableArray<Expr> Images(ImmutableArray<Expr> roots, Expr[] images)
    {
        var moved = new Expr[roots.Length];
        for (var i = 0; i < moved.Length; i++) moved[i] = images[PlaceOf(roots[i])];
        return ImmutableCollectionsMarshal.AsImmutableArray(moved);
    }

    /// <summary>The node at a place on its inputs' images; the same node where every image is the input itself.</summary>
    internal Expr Rebuild(int place, Expr[] images)
    {
        var node = Nodes[place];
        var of = InputsOf(place);
        var i = 0;
        while (i < of.Length && ReferenceEquals(images[of[i]], node.Inputs[i])) i++;
        if (i == of.Length) return node;
        var moved = new Expr[of.Length];
        for (i = 0; i < moved.Length; i++) moved[i] = images[of[i]];
        return Expr.Of(node.Op.With(ImmutableCollectionsMarshal.AsImmutableArray(moved)));
    }
}
