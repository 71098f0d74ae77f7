using Functional.Interpreter.Gpu.Code;
using ILGPU;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>Which kernels compute a step: one arm for each op that is not a view.</summary>
internal static class KernelOf
{
    /// <summary>The bytes that the kernels of a node work in besides its operands and results.</summary>
    public static long Scratch(Expr node, Func<Expr, bool> isVirtual, Gpu gpu) => node.Op is Dot or Conv ? Products.Scratch(node, isVirtual, gpu.Geometry) : 0;

    /// <summary>The launches of a step.</summary>
    public static Launch Step(Plan plan, Step step, Gpu gpu)
    {
        var node = step.Node;
        if (step.Loop is { } loop && node.Op is not (Dot or Conv)) return Launch(gpu, Fused.Code(loop, gpu.Geometry), [.. loop.Operands.Select(o => plan.BufferOf(o.Value))]);
        if (node.Op is Dot or Conv) return Products.Launch(plan, step, gpu);
        if (WindowMaximum.Places(node) is { } places && (step.Buffers.Count > 1 || plan.IsVirtual(places)))
        {
            int[] results = step.Buffers.Count > 1 ? [.. step.Buffers] : [step.Buffer];
            return Launch(gpu, Windows.Maximum((WindowArgMax)places.Op, places.Shape, gpu.Geometry, withPlaces: step.Buffers.Count > 1), [plan.BufferOf(places.Inputs[0]), .. results]);
        }
        return Launch(gpu, Code(node, gpu.Geometry), [.. node.Inputs.Select(plan.BufferOf), step.Buffer]);
    }

    /// <summary>The kernel of a node from its inputs, in their order, to its result.</summary>
    private static KernelCode Code(Expr node, Geometry geometry) => node.Op switch
    {
        Sum s => Lines.Sum(s, node.Type, geometry),
        CumulativeSum c => Lines.CumulativeSum(c, geometry),
        ArgMax a => Lines.Arg("argMax", a.X.Type, a.Axis, greatest: true, geometry),
        ArgMin a => Lines.Arg("argMin", a.X.Type, a.Axis, greatest: false, geometry),
        SortOrder s => Lines.SortOrder(s, geometry),
        WindowSum w => Windows.Sum(w, node.Shape, geometry),
        WindowArgMax w => Windows.Maximum(w, node.Shape, geometry, withPlaces: true, withValues: false),
        Gather g => Picks.Gather(g, node.Type, geometry),
        ScatterAdd s => Picks.ScatterAdd(s, node.Type, geometry),
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
    public static Launch Launch(Gpu gpu, KernelCode code, int[] buffers)
    {
        if (code.Body.IsEmpty) return _ => { };
        var (kernel, memory) = (gpu.Kernels.Of(code), new ArrayView<byte>[buffers.Length]);
        return frame =>
        {
            for (var i = 0; i < buffers.Length; i++) memory[i] = frame[buffers[i]];
            kernel.Launch(frame.Stream, memory);
        };
    }
}
