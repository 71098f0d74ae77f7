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
    private readonly Places places = new();
    private readonly List<int> first = [0];
    private readonly List<int> inputs = [];
    private readonly List<int> roots = [];

    /// <summary>The walk from some roots.</summary>
    public Walk(params ImmutableArray<Expr> roots)
    {
        Roots = roots;
        var (path, finished) = (new Stack<(Expr Node, int Next)>(), this.roots);
        void Enter(Expr node)
        {
            if (places.Of(node) is var place and >= 0) finished.Add(place);
            else path.Push((node, 0));
        }

        foreach (var root in roots)
        {
            Enter(root);
            while (path.TryPop(out var on))
            {
                if (on.Next < on.Node.Inputs.Length)
                {
                    path.Push((on.Node, on.Next + 1));
                    Enter(on.Node.Inputs[on.Next]);
                    continue;
                }
                inputs.AddRange(CollectionsMarshal.AsSpan(finished)[^on.Next..]);
                first.Add(inputs.Count);
                finished.RemoveRange(finished.Count - on.Next, on.Next);
                finished.Add(places.Add(on.Node));
            }
        }
        Nodes = places.Nodes();
    }

    /// <summary>Where the walk began.</summary>
    public ImmutableArray<Expr> Roots { get; }

    /// <summary>Every node, inputs first. The place of a node is its index here.</summary>
    public ImmutableArray<Expr> Nodes { get; }

    /// <summary>How many nodes there are.</summary>
    public int Count => Nodes.Length;

    /// <summary>Where a node stands; −1 where the roots do not need it.</summary>
    public int PlaceOf(Expr node) => places.Of(node);

    /// <summary>The places of the inputs of the node at a place.</summary>
    public ReadOnlySpan<int> InputsOf(int place) => CollectionsMarshal.AsSpan(inputs)[first[place]..first[place + 1]];

    /// <summary>What stands at the places of the inputs of the node at a place, given what stands at each.</summary>
    public ImmutableArray<T> AtInputs<T>(int place, T[] at) => Picked(InputsOf(place), at);

    /// <summary>What stands at the roots' places, given what stands at each.</summary>
    public ImmutableArray<T> AtRoots<T>(T[] at) => Picked(CollectionsMarshal.AsSpan(roots), at);

    private static ImmutableArray<T> Picked<T>(ReadOnlySpan<int> of, T[] at)
    {
        var picked = new T[of.Length];
        for (var i = 0; i < picked.Length; i++) picked[i] = at[of[i]];
        return ImmutableCollectionsMarshal.AsImmutableArray(picked);
    }

    /// <summary>The node at a place on its inputs' images, of the same origin; the same node where every image is the input itself.</summary>
    public Expr Rebuild(int place, Expr[] images)
    {
        var node = Nodes[place];
        var of = InputsOf(place);
        for (var i = 0; i < of.Length; i++)
            if (!ReferenceEquals(images[of[i]], node.Inputs[i])) return Expr.Of(node.Op.With(AtInputs(place, images))).Like(node);
        return node;
    }

    /// <summary>
    /// The roots where some nodes, of one or several results, are replaced by others for these: what stands for a call when its body takes its place.
    /// Null where none is replaced.
    /// </summary>
    /// <param name="results">
    /// What stands for the results of a node, given its place and its image, which reads its inputs' images; the default where it stays. A
    /// result that nothing reads may be null.
    /// </param>
    internal ImmutableArray<Expr>? Replaced(Func<int, Expr, ImmutableArray<Expr?>> results)
    {
        var (images, replaced) = (new Expr[Count], new Dictionary<int, ImmutableArray<Expr?>>());
        for (var place = 0; place < images.Length; place++)
        {
            if (Nodes[place].Op is Result r && replaced.TryGetValue(InputsOf(place)[0], out var of))
            {
                images[place] = of[r.Index]!;
                continue;
            }
            images[place] = Rebuild(place, images);
            if (results(place, images[place]) is not { IsDefault: false } given) continue;
            replaced[place] = given;
            images[place] = given.First(x => x is not null)!;
        }
        return replaced.Count == 0 ? null : AtRoots(images);
    }

    /// <summary>Each node's image, by place, where some nodes are replaced by others.</summary>
    public Expr[] Substitute(ImmutableArray<Expr> nodes, ImmutableArray<Expr> replacements)
    {
        var images = new Expr[Count];
        for (var i = 0; i < nodes.Length; i++)
            if (PlaceOf(nodes[i]) is var place and >= 0) images[place] = replacements[i];
        for (var place = 0; place < images.Length; place++)
        {
            if (images[place] is not null) continue;
            images[place] = Rebuild(place, images);
            if (Nodes[place].Origin is { } origin && PlaceOf(origin.Node) is var from and >= 0 && images[from] is { } image) images[place].Follow(Nodes[place], image);
        }
        return images;
    }

    /// <summary>Whether the node at each place depends on some nodes, or is one of them.</summary>
    public bool[] Reached(ImmutableArray<Expr> from)
    {
        var reached = new bool[Count];
        foreach (var node in from)
            if (PlaceOf(node) is var place and >= 0) reached[place] = true;
        for (var place = 0; place < reached.Length; place++)
            foreach (var input in InputsOf(place)) reached[place] |= reached[input];
        return reached;
    }
}
