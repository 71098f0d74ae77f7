using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>A pooling with which the kernel of a convolution goes on, so that what it pools is read from the caches of those who computed it.</summary>
/// <param name="Node">The <see cref="WindowSum"/>, or the maxima as <see cref="WindowMaximum"/> finds them.</param>
/// <param name="From">What it pools and nothing else reads: the convolution, or what is made of that element by element.</param>
public sealed record Pooling(Expr Node, Expr From)
{
    /// <summary>The node that slides a window.</summary>
    public Expr Window => WindowMaximum.Places(Node) ?? Node;

    /// <summary>How many adjacent elements it pools apart from all others.</summary>
    public long Plane => Window.Op is WindowArgMax w ? Of(w.X, w.Window) : Window.Op is WindowSum s ? Of(s.X, s.Window) : Window.Shape.Size;

    private static long Of(Expr x, ValueArray<WindowDim> window) => x.Shape[(x.Rank - window.Count)..].Size;

    /// <summary>The poolings that are all that reads a value.</summary>
    /// <param name="live">The nodes of a program.</param>
    /// <param name="maxima">For places of maxima, the maxima that are found with them.</param>
    internal static IEnumerable<Pooling> Of(ImmutableArray<Expr> live, IReadOnlyDictionary<Expr, Expr> maxima)
    {
        var readers = live.Where(n => n.Op is not Reshape).SelectMany(n => n.Inputs.Select(x => (Of: Under(x), By: n))).Distinct().ToLookup(r => r.Of, r => r.By);
        foreach (var node in live)
        {
            var found = node.Op is WindowSum || (WindowMaximum.Places(node) is { } places && maxima[places] == node) ? new Pooling(node, Under(node.Inputs[0])) : null;
            if (found is not null && readers[found.From].All(r => r == node || r == found.Window)) yield return found;
        }
    }

    private static Expr Under(Expr x) => x.Op is Reshape r ? Under(r.X) : x;
}
