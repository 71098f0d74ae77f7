namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Which kernel computes a step: one arm for each op that is not a view.</summary>
internal static class KernelOf
{
    /// <summary>What the planner has to know of the kernels.</summary>
    public static KernelTraits Traits(Target target) => new(
        (node, loop, pooling, isVirtual, isFixed) => Memory(node, loop, pooling, isVirtual, isFixed, target), (node, pooling, isVirtual) => Pools(node, pooling, isVirtual, target));

    /// <summary>The memory that the kernel of a node needs besides its operands and results; what each thread works in, for each.</summary>
    private static KernelMemory Memory(Expr node, FusedLoop? loop, Pooling? pooling, Func<Expr, bool> isVirtual, Func<Expr, bool> isFixed, Target target) =>
        node.Op is Dot or Conv ? Products.Memory(node, pooling, isVirtual, isFixed, target) : new(Scratch(node, loop, target));

    /// <summary>Whether the kernel of a convolution goes on with a pooling: where its tasks have whole images, so that what it pools lies in one cache, and the pooled together.</summary>
    private static bool Pools(Expr convolution, Pooling pooling, Func<Expr, bool> isVirtual, Target target) =>
        pooling.Node.Shape.Size > 0 && Products.Memory(convolution, pooling, isVirtual, _ => false, target).Result > 0 && WindowFinish.Serves(Of(pooling, target));

    private static IPooling Of(Pooling pooling, Target target, int places = -1, int values = -1) =>
        Numeric.Of(pooling.From.DType, target.Width).Pooling(pooling, places, values);

    private static long Scratch(Expr node, FusedLoop? loop, Target target) => loop is not null ? Fused.Scratch(loop, node.DType) : node.Op switch
    {
        Sum s => Numeric.Of(node.DType, target.Width).SumScratch(s, target.Threads),
        WindowArgMax w => Numeric.Of(w.X.DType, target.Width).WindowArgMaxScratch(w, node.Shape, target.Threads),
        Gather when WindowMaximum.Places(node) is { Op: WindowArgMax w } places => Numeric.Of(w.X.DType, target.Width).WindowArgMaxScratch(w, places.Shape, target.Threads),
        WindowSum w => Numeric.Of(node.DType, target.Width).WindowSumScratch(w, node.Shape, target.Threads),
        ScatterAdd s => Numeric.Of(node.DType, target.Width).ScatterAddScratch(s, node.Shape),
        SortOrder s => Numeric.Of(s.X.DType, target.Width).SortOrderScratch(s, target.Threads),
        _ => 0,
    };

    /// <summary>What fills a step's <see cref="Functional.Interpreter.Step.Kept"/> before a loop's first step; null where there is none.</summary>
    public static Kernel? Preparation(Plan plan, Step step, Target target) => step.Kept < 0 ? null : Products.Preparation(plan, (Dot)step.Node.Op, step.Kept, target);

    public static Kernel Step(Plan plan, Step step, Target target)
    {
        var node = step.Node;
        int In(int i) => plan.BufferOf(node.Inputs[i]);
        var (to, scratch) = (step.Buffer, step.Scratch);
        if (step.Loop is { } loop && node.Op is not (Dot or Conv)) return Fused.Kernel(plan, step, loop, target);
        if (node.Op is Dot or Conv) return Product(plan, step, target);
        if (WindowMaximum.Places(node) is { } places && (step.Buffers.Count > 1 || plan.IsVirtual(places)))
            return Numeric.Of(node.DType, target.Width).WindowArgMax((WindowArgMax)places.Op, plan.BufferOf(places.Inputs[0]), step.Buffers.Count > 1 ? to : -1, step.Buffers[^1], scratch, places.Shape);
        return node.Op switch
        {
            Sum s => Numeric.Of(node.DType, target.Width).Sum(s, In(0), to, scratch),
            CumulativeSum c => Numeric.Of(node.DType, target.Width).CumulativeSum(c, In(0), to),
            WindowSum w => Numeric.Of(node.DType, target.Width).WindowSum(w, In(0), to, scratch, node.Shape),
            ScatterAdd s => Numeric.Of(node.DType, target.Width).ScatterAdd(s, In(0), In(1), to, scratch, node.Shape),
            Iota i => Numeric.Of(node.DType, target.Width).Iota(i, to),
            ArgMax a => Numeric.Of(a.X.DType, target.Width).Arg(a.X.Shape, a.Axis, false, In(0), to),
            ArgMin a => Numeric.Of(a.X.DType, target.Width).Arg(a.X.Shape, a.Axis, true, In(0), to),
            WindowArgMax w => Numeric.Of(w.X.DType, target.Width).WindowArgMax(w, In(0), to, -1, scratch, node.Shape),
            SortOrder s => Numeric.Of(s.X.DType, target.Width).SortOrder(s, In(0), to, scratch),
            Gather g => Picks.Gather(g, In(0), In(1), to, node.Type),
            Permute p => Movement.Permute(p, In(0), to),
            Broadcast b => Movement.Broadcast(b, In(0), to),
            Reverse r => Movement.Reverse(r, In(0), to),
            Slice s => Movement.Slice(s, In(0), to, node.Shape),
            Pad p => Movement.Pad(p, In(0), to, node.Type),
            Concat c => Movement.Concat(c, [.. c.Parts.Items.Select(plan.BufferOf)], to, node.Shape),
            DynamicSlice d => Movement.DynamicSlice(d, In(0), In(1), to),
            DynamicUpdateSlice d => Movement.DynamicUpdateSlice(d, In(0), In(1), In(2), to),
            RandomBits r => RandomWords.Kernel(r, In(0), to),
            Key k => Movement.Key(k, to),
            _ => throw new NotSupportedException($"the CPU interpreter has no kernel for {node.Op.GetType().Name}"),
        };
    }

    private static unsafe Kernel Product(Plan plan, Step step, Target target)
    {
        var finish = step.Loop is { } rest ? Fused.Epilogue(plan, step, rest, target) : null;
        if (step.Pooling is not { } pooling) return Told(finish);
        var pooled = Of(pooling, target, step.Buffers.Count > 1 ? step.Buffer : -1, step.Buffers[^1]);
        return Told(new WindowFinish(pooled, pooling.Plane, finish).Finished);

        Kernel Told(Finish? by) => Products.Kernel(plan, step.Node, plan.BufferOf(step.Node), step.Scratch, step.Kept, target, by, step.Pooling);
    }
}
