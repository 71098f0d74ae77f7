namespace Functional.Interpreter;

/// <summary>The greatest element under each position of a window: who finds its place has seen it, so that one kernel fills both.</summary>
public static class WindowMaximum
{
    /// <summary>The <see cref="WindowArgMax"/> at whose places a node picks the elements of the same operand; null where a node is something else.</summary>
    public static Expr? Places(Expr node) =>
        node.Op is Gather g && g.Indices.Op is WindowArgMax w && Kernels.Root(g.X) == Kernels.Root(w.X) && w.X.Rank - w.Window.Count is var lead
        && g.Batch == lead && g.Axis == lead && g.X.Rank == lead + 1 && g.X.Shape[..lead] == w.X.Shape[..lead]
            ? g.Indices
            : null;
}
