using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>The value of each node from its inputs' values, in topological order.</summary>
internal static class Evaluation
{
    public static ImmutableArray<Tensor> Of(Function f, ImmutableArray<Tensor> inputs)
    {
        var values = new Dictionary<Expr, ImmutableArray<Tensor>>();
        for (var i = 0; i < inputs.Length; i++) values[f.Parameters[i]] = [inputs[i]];
        foreach (var node in f.Nodes)
        {
            if (values.ContainsKey(node)) continue;
            values[node] = node.Op switch
            {
                Result r => [values[r.Of][r.Index]],
                Control c => Loops.Of(c, [.. node.Inputs.Select(x => values[x][0])]),
                _ => [Of(node, [.. node.Inputs.Select(x => values[x][0])])],
            };
        }
        return [.. f.Results.Select(r => values[r][0])];
    }

    private static Tensor Of(Expr node, ImmutableArray<Tensor> x) => node.Op switch
    {
        Constant c => Tensor.Of(c.Value),
        Key k => Tensor.Scalar(k.Seed),
        Iota i => Numeric.Of(i.Type.DType).Iota(i),
        Pointwise op => op.Accept(new Scalars(x, node.Type)),
        Select => Structural.Select(x[0], x[1], x[2]),
        Convert c => Structural.Convert(x[0], c.To),
        Reshape r => x[0].Reshape(r.Shape),
        Permute p => Structural.Permute(x[0], p, node.Type),
        Broadcast b => Structural.Broadcast(x[0], b, node.Type),
        Reverse r => Structural.Reverse(x[0], r, node.Type),
        Slice s => Structural.Slice(x[0], s, node.Type),
        Pad p => Structural.Pad(x[0], p, node.Type),
        Concat c => Structural.Concat(x, c, node.Type),
        Gather g => Structural.Gather(x[0], x[1], g, node.Type),
        DynamicSlice d => Structural.DynamicSlice(x[0], x[1], d, node.Type),
        DynamicUpdateSlice => Structural.DynamicUpdateSlice(x[0], x[1], x[2]),
        ScatterAdd s => Numeric.Of(x[0].DType).ScatterAdd(x[0], x[1], s, node.Type),
        Sum s => Numeric.Of(x[0].DType).Sum(x[0], s, node.Type),
        WindowSum w => Numeric.Of(x[0].DType).WindowSum(x[0], w, node.Type),
        CumulativeSum c => Numeric.Of(x[0].DType).CumulativeSum(x[0], c, node.Type),
        AllReduce or Barrier or CheckpointName or Tap => x[0],
        Dot d => Numeric.Of(x[0].DType).Dot(x[0], x[1], d, node.Type),
        Conv c => Numeric.Of(x[0].DType).Conv(x[0], x[1], c, node.Type),
        ArgMax a => Numeric.Of(x[0].DType).Arg(x[0], a.Axis, 1, node.Type),
        ArgMin a => Numeric.Of(x[0].DType).Arg(x[0], a.Axis, -1, node.Type),
        WindowArgMax w => Numeric.Of(x[0].DType).WindowArgMax(x[0], w, node.Type),
        SortOrder s => Numeric.Of(x[0].DType).SortOrder(x[0], s, node.Type),
        RandomBits r => Philox.Bits(x[0], r, node.Type),
        _ => throw new NotSupportedException($"the reference interpreter has no arm for {node.Op.GetType().Name}"),
    };
}
