using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Functional;

/// <summary>
/// Where the examples of a batch lie in the leaves of a tree (an expression, parameters, a tuple): one axis for all leaves (<c>1</c>), or one for
/// each member of a tuple or for each leaf (<c>[0, null]</c>). Negative axes count from the end; null where a leaf is the same for all
/// examples. Axis 0 of every leaf where nothing is said.
/// </summary>
[CollectionBuilder(typeof(BatchAxes), nameof(Of))]
public readonly struct BatchAxes : IEnumerable<int?>
{
    private readonly ImmutableArray<int?> axes;

    private BatchAxes(ImmutableArray<int?> axes) => this.axes = axes;

    /// <summary>An axis for each member of a tuple, or for each leaf.</summary>
    public static BatchAxes Of(ReadOnlySpan<int?> axes) => new([.. axes]);

    /// <summary>One axis for all.</summary>
    public static implicit operator BatchAxes(int? axis) => new([axis]);

    /// <summary>The axes as they were written.</summary>
    public IEnumerator<int?> GetEnumerator() => (axes.IsDefault ? ImmutableArray.Create<int?>(0) : axes).AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>An axis for each leaf of a tree.</summary>
    /// <exception cref="ShapeError">There are neither one, nor as many as the tuple has members or the tree leaves.</exception>
    internal ImmutableArray<int?> For<T>(T tree, string parameter)
    {
        ImmutableArray<int?> given = [.. this];
        var leaves = Tree.Leaves(tree);
        if (given.Length == 1) return [.. leaves.Select(_ => given[0])];
        if (tree is ITuple t && t.Length == given.Length) return [.. given.SelectMany((axis, i) => Tree.Leaves(t[i]).Select(_ => axis))];
        return given.Length == leaves.Length ? given
            : throw new ShapeError("vmap", [.. leaves.Select(x => new Operand(x.Label, x.Type))],
                [$"{parameter} names {given.Length} axes for {leaves.Length} values: write one axis for all, one for each member of the tuple, or one for each value (null where it is the same for all examples)"]);
    }

    /// <summary>The common extent of the mapped axes, which are resolved.</summary>
    internal static int Extent(ImmutableArray<Expr> args, ref ImmutableArray<int?> axes)
    {
        ShapeError Error(string problem) => new("vmap", [.. args.Select(a => new Operand(a.Label, a.Type))], [problem]);
        var resolved = axes.ToBuilder();
        for (var i = 0; i < args.Length; i++)
        {
            if (axes[i] is not { } axis) continue;
            if (args[i].Rank == 0)
                throw Error($"argument {i}, {args[i].Label}: {args[i].Type}, is a scalar and has no axis to map: write null for it in inAxes");
            if (axis < -args[i].Rank || axis >= args[i].Rank)
                throw Error($"axis {axis} is out of range for argument {i}, {args[i].Label}: {args[i].Type}: write {-args[i].Rank} to {args[i].Rank - 1} in inAxes, or null where it is the same for all examples");
            resolved[i] = axis < 0 ? axis + args[i].Rank : axis;
        }
        axes = resolved.MoveToImmutable();
        ImmutableArray<(int Argument, int Axis)> mapped = [.. axes.Select((axis, i) => (i, axis)).Where(m => m.axis is not null).Select(m => (m.i, m.axis!.Value))];
        if (mapped.IsEmpty) throw Error("no argument is mapped: write an axis other than null for at least one of them in inAxes, or call the function itself");
        var extents = mapped.Select(m => args[m.Argument].Shape[m.Axis]);
        return extents.Distinct().Count() == 1 ? extents.First()
            : throw Error($"the mapped axes differ in extent: {string.Join(", ", mapped.Select(m => $"axis {m.Axis} of {args[m.Argument].Label} has {args[m.Argument].Shape[m.Axis]}"))}; name axes of one extent in inAxes, or null for what is the same for all examples");
    }

    /// <summary>The images with the batch moved to the named axes.</summary>
    internal static ImmutableArray<Expr> Place(ImmutableArray<Image> images, ImmutableArray<int?> axes, int size)
    {
        var placed = ImmutableArray.CreateBuilder<Expr>(images.Length);
        for (var i = 0; i < images.Length; i++)
        {
            var (value, batched) = images[i];
            ShapeError Error(string problem) => new("vmap", [new(value.Label, value.Type)], [problem]);
            var rank = value.Rank + (batched ? 0 : 1);
            if (axes[i] is not { } axis)
                placed.Add(batched ? throw Error($"result {i} differs from example to example, so that it needs an axis for them: write {-rank} to {rank - 1} in outAxes, not null") : value);
            else if (axis < -rank || axis >= rank)
                throw Error($"axis {axis} is out of range for result {i}, which has {rank} axes with that of the examples: write {-rank} to {rank - 1} in outAxes");
            else
                placed.Add(batched ? Prelude.moveAxis(value, 0, axis) : Inserted(value, axis < 0 ? axis + rank : axis, size));
        }
        return placed.MoveToImmutable();
    }

    /// <summary>A value that all examples share, copied along a new axis.</summary>
    private static Expr Inserted(Expr value, int axis, int size) =>
        Prelude.broadcast(value, value.Shape.Insert(axis, size), Axes.Of(Enumerable.Range(0, value.Rank).Select(a => a < axis ? a : a + 1)));
}
