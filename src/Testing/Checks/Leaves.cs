using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Functional.Testing;

/// <summary>What the leaves of a tree and the elements of a tensor are called in reports.</summary>
internal static class Leaves
{
    /// <summary>The names of a tree's expressions, in order: the given one for a single expression, places in tuples, paths of parameters.</summary>
    public static ImmutableArray<string> Names(object? tree, string single) => tree is Expr ? [single] : [.. Of(tree, single)];

    /// <summary>The element at a flat row-major index, <c>y[1,2]</c>.</summary>
    public static string Element(string name, Shape shape, int index) =>
        shape.Rank == 0 ? name : $"{name}[{string.Join(",", shape.Strides.Select((stride, axis) => index / stride % shape[axis]))}]";

    private static IEnumerable<string> Of(object? tree, string prefix) => tree switch
    {
        Params<Expr> p => p.Paths,
        ITuple t => Enumerable.Range(0, t.Length).SelectMany(i => Of(t[i], $"{prefix}{i}")),
        _ => [prefix],
    };
}
