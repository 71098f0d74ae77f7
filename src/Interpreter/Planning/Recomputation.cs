using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>
/// A planned program that, after the step of its peak, reads copies of some values. A copy reads what lives across the peak behind barriers
/// that wait for the step before the first that needs the copy, and copies of all else.
/// </summary>
internal sealed class Recomputation
{
    private readonly Kernels kernels;
    private readonly Layout layout;
    private readonly HashSet<Expr> dropped;
    private readonly string region;
    private readonly Dictionary<Expr, Expr> late = [];
    private readonly Dictionary<Expr, Expr> copies = [];
    private readonly Dictionary<Expr, KernelNode> kernelOf = [];

    public Recomputation(Kernels kernels, Layout layout, HashSet<Expr> dropped, string region)
    {
        (this.kernels, this.layout, this.dropped, this.region) = (kernels, layout, dropped, region);
        foreach (var (kernel, _, _, _) in layout.Steps)
            foreach (var value in kernel.Values)
                if (value is not null) kernelOf[value] = kernel;
    }

    public Function Program()
    {
        for (var t = layout.PeakStep + 1; t < layout.Steps.Count; t++)
        {
            var kernel = layout.Steps[t].Kernel;
            foreach (var read in kernel.Reads)
                if (dropped.Contains(read)) Copy(read, layout.Steps[t - 1].Kernel);
            Rebuild(kernel, Late);
        }
        foreach (var result in kernels.Program.Results) Image(result, Late, late);
        return new(kernels.Program.Parameters, [.. kernels.Program.Results.Select(r => late[r])]);
    }

    /// <summary>A value as the steps after the peak see it.</summary>
    private Expr Late(Expr value) => late.TryGetValue(value, out var image) ? image : copies.GetValueOrDefault(value, value);

    /// <summary>Makes the copy of a value, and of what it needs that is not there, oldest first.</summary>
    private void Copy(Expr value, KernelNode before)
    {
        var after = Late(before.Values.First(v => v is not null)!);
        var guarded = new Dictionary<Expr, Expr>();
        Expr Guarded(Expr x)
        {
            if (copies.TryGetValue(x, out var copy)) return copy;
            if (x.Op is Constant) return x;
            return guarded.TryGetValue(x, out var known) ? known : guarded[x] = Prelude.barrier(x, region, after);
        }

        var (needed, stack) = (new HashSet<Expr>(), new Stack<Expr>([value]));
        while (stack.TryPop(out var x))
            if (!copies.ContainsKey(x) && needed.Add(x))
                foreach (var read in kernelOf[x].For(x).From)
                    if (read.Op is not (Variable or Constant) && (dropped.Contains(read) || !IsAcross(read))) stack.Push(read);
        foreach (var x in needed.OrderBy(x => layout.Lifetime(x).Born))
        {
            var images = new Dictionary<Expr, Expr>();
            copies[x] = Build(x, Guarded, images);
        }
    }

    private bool IsAcross(Expr value) => layout.Lifetime(value) is var (born, dies) && born <= layout.PeakStep && dies > layout.PeakStep;

    private void Rebuild(KernelNode kernel, Func<Expr, Expr> values)
    {
        foreach (var value in kernel.Values)
            if (value is not null) late[value] = Build(value, values, late);
    }

    /// <summary>A kernel's value, its virtual nodes and views on the images of the values that it reads.</summary>
    private Expr Build(Expr value, Func<Expr, Expr> values, Dictionary<Expr, Expr> images)
    {
        var node = value.Op is Result r ? r.Of : value;
        foreach (var x in node.Inputs) Image(x, values, images);
        var built = Fold.Rebuild(node, images);
        return value.Op is Result picked ? Expr.Of(picked with { Of = built }) : built;
    }

    private void Image(Expr x, Func<Expr, Expr> values, Dictionary<Expr, Expr> images)
    {
        var stack = new Stack<(Expr Node, bool Ready)>([(x, false)]);
        while (stack.TryPop(out var top))
        {
            var node = top.Node;
            if (images.ContainsKey(node)) continue;
            if (!kernels.IsVirtual(node) && !Kernels.IsView(node)) images[node] = values(node);
            else if (top.Ready) images[node] = Fold.Rebuild(node, images);
            else
            {
                stack.Push((node, true));
                foreach (var input in node.Inputs) stack.Push((input, false));
            }
        }
    }
}
