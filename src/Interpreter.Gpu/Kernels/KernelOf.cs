using Functional.Interpreter.Gpu.Code;
using ILGPU;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Which kernels compute a step: one arm for each op that is not a view.</summary>
internal static class KernelOf
{
    /// <summary>What the planner has to know of the kernels.</summary>
    public static KernelTraits Traits(Gpu gpu) => new(
        (node, loop, _, isVirtual, _) => new(Scratch(node, loop, isVirtual, gpu)), ConvolutionsConvert: gpu.Geometry.Cores != TensorCores.None, ProductsEndInRegisters: true);

    /// <summary>The bytes that the kernels of a node work in besides its operands and results.</summary>
    private static long Scratch(Expr node, FusedLoop? loop, Func<Expr, bool> isVirtual, Gpu gpu) =>
        node.Op is Dot or Conv ? Products.Passes(node, node, loop, isVirtual, gpu.Geometry).Scratch : loop is not null ? Fused.Passes(loop, gpu.Geometry).Scratch : Passes(node, gpu.Geometry).Scratch;

    /// <summary>The launches of a step.</summary>
    public static Launch Step(Plan plan, Step step, Gpu gpu)
    {
        var node = step.Node;
        if (step.Loop is { } loop && node.Op is not (Dot or Conv)) return Fused.Passes(loop, gpu.Geometry).Launch(gpu, [.. loop.Operands.Select(o => plan.BufferOf(o.Value))], step.Scratch);
        if (node.Op is Dot or Conv) return Products.Passes(node, step.Permuted ?? node, step.Loop, plan.IsVirtual, gpu.Geometry).Launch(gpu, Products.Buffers(plan, step), step.Scratch);
        if (WindowMaximum.Places(node) is { } places && (step.Buffers.Count > 1 || plan.IsVirtual(places)))
        {
            int[] results = step.Buffers.Count > 1 ? [.. step.Buffers] : [step.Buffer];
            return Launch(gpu, Windows.Maximum((WindowArgMax)places.Op, places.Shape, gpu.Geometry, withPlaces: step.Buffers.Count > 1), [plan.BufferOf(places.Inputs[0]), .. results]);
        }
        return Passes(node, gpu.Geometry).Launch(gpu, [.. node.Inputs.Select(plan.BufferOf), step.Buffer], step.Scratch);
    }

    /// <summary>The kernels of a node from its inputs, in their order, to its result.</summary>
    private static Passes Passes(Expr node, Geometry geometry) => node.Op switch
    {
        Sum s => Sums.Of(s, node.Type, geometry),
        CumulativeSum c => CumulativeSums.Of(c, geometry),
        SortOrder s => Orders.Of(s, geometry),
        ScatterAdd s => Picks.ScatterAdd(s, node.Type, geometry),
        _ => Kernels.Passes.Of(node.Inputs.Length + 1, () => Code(node, geometry)),
    };

    /// <summary>The kernel of a node that takes one.</summary>
    private static KernelCode Code(Expr node, Geometry geometry) => node.Op switch
    {
        ArgMax a => Extremes.Arg("argMax", a.X.Type, a.Axis, greatest: true, geometry),
        ArgMin a => Extremes.Arg("argMin", a.X.Type, a.Axis, greatest: false, geometry),
        WindowSum w => Windows.Sum(w, node.Shape, geometry),
        WindowArgMax w => Windows.Maximum(w, node.Shape, geometry, withPlaces: true, withValues: false),
        Gather g => Picks.Gather(g, node.Type, geometry),
        Permute p => Movement.Permute(p, node.Type, geometry),
        Broadcast b => Movement.Broadcast(b, node.Type, geometry),
        Reverse r => Movement.Reverse(r, node.Type, geometry),
        Slice s => Movement.Slice(s, node.Type, geometry),
        Pad p => Movement.Pad(p, node.Type, geometry),
        Concat c => Movement.Concat(c, node.Type, geometry),
        DynamicSlice d => Movement.DynamicSlice(d, node.Type, geometry),
        DynamicUpdateSlice d => Movement.DynamicUpdateSlice(d, geometry),
        Iota i => Numbers.Iota(i, geometry),
        Key k => Numbers.Key(k, geometry),
        RandomBits r => Numbers.RandomBits(r, node.Type, geometry),
        _ => throw new NotSupportedException($"the GPU interpreter has no kernel for {node.Op.GetType().Name}"),
    };

    /// <summary>Has a device run a kernel with some buffers.</summary>
    public static Launch Launch(Gpu gpu, KernelCode code, int[] buffers) => Launch(gpu, code, (frame, i) => frame[buffers[i]]);

    /// <summary>Has a device run a kernel with the memory that each of its arguments finds in a frame.</summary>
    public static Launch Launch(Gpu gpu, KernelCode code, Func<Frame, int, ArrayView<byte>> argument)
    {
        if (code.Body.IsEmpty) return _ => { };
        var (kernel, memory) = (gpu.Kernels.Of(code), new ArrayView<byte>[code.Arguments.Length]);
        return frame =>
        {
            for (var i = 0; i < memory.Length; i++) memory[i] = argument(frame, i);
            gpu.Launch(kernel, frame.Stream, memory);
        };
    }
}
