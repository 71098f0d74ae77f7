using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// A dot or a convolution as products by blocks, or along the depth: a convolution over images with gaps is several, for positions a gap apart see the same elements of the
/// window, and no others see any.
/// </summary>
internal sealed class BlockedProducts(Expr node, Expr made, Strided x, Strided y, ProductSize size, Geometry geometry, Passes passes)
{
    /// <summary>An operand, where it is, and its element type there.</summary>
    private readonly record struct Side(StridedOperand Operand, Piece At, DType Type);

    /// <summary>Adds the kernels, given what is done with an element of the result, and the memory that it takes.</summary>
    public void Add(Func<KernelBuilder, Action<Value, Value>> end, Piece[] others)
    {
        if (node.Op is Dot dot)
        {
            Side left = new(StridedOperand.Of(x, dot.BatchX, dot.FreeX, dot.ContractX), 0, x.Root.DType), right = new(StridedOperand.Of(y, dot.BatchY, dot.FreeY, dot.ContractY), 1, y.Root.DType);
            Add(size, left, right, ResultPlace.Of(ProductResult.Of(node, made).Merged()), end, others);
            return;
        }
        var phases = new ConvolutionPhases(x, y, (Conv)node.Op, node.Shape, ProductResult.Strides(made));
        Side images = new(default!, 0, x.Root.DType), filters = new(default!, 1, y.Root.DType);
        if (phases.IsCopied)
        {
            images = new(default!, passes.Elements(node.DType, phases.Copied), node.DType);
            passes.Add(() => phases.Copy(x.Root.DType, node.DType, geometry), 0, images.At);
        }
        foreach (var phase in phases.All)
            Add(phase.Size, images with { Operand = phase.Images }, filters with { Operand = phase.Filters }, phase.Place, end, others);
    }

    private void Add(ProductSize of, Side left, Side right, ResultPlace place, Func<KernelBuilder, Action<Value, Value>> end, Piece[] others)
    {
        if (of.Depth == 0)
        {
            passes.Add(() => Zeros(of, place, end), others);
            return;
        }
        if (left.Type == node.DType && right.Type == node.DType && InnerProduct.Of(of, node.DType, left.Operand, right.Operand, geometry) is { } inner)
        {
            passes.Add(() => Code((k, a, b, finish) => inner.Code(k, node.DType, of, a, left.Operand, b, right.Operand, place, finish)), [left.At, right.At, .. others]);
            return;
        }
        var division = BlockDivision.Of(of, node.DType, left.Operand, left.Type != node.DType, right.Operand, right.Type != node.DType, geometry);
        var block = division.Block;
        var (lanes, other) = block.IsAcross ? (right, left) : (left, right);
        if (division.CopiesLanes) lanes = Packed(lanes, block.Lanes);
        if (division.CopiesOthers) other = Packed(other, block.Others);
        passes.Add(() => Code((k, a, b, finish) => BlockedProduct.Code(k, node.DType, block, of, a, lanes.Operand, b, other.Operand, place, finish)), [lanes.At, other.At, .. others]);

        KernelCode Code(Func<KernelBuilder, Argument, Argument, Action<Value, Value>, KernelCode> product)
        {
            var k = new KernelBuilder(node.Op.Name);
            return product(k, k.Argument(node.DType), k.Argument(node.DType), end(k));
        }
    }

    /// <summary>Where windows see nothing but gaps.</summary>
    private KernelCode Zeros(ProductSize of, ResultPlace place, Func<KernelBuilder, Action<Value, Value>> end)
    {
        var k = new KernelBuilder($"{node.Op.Name}Zeros");
        var (finish, all) = (end(k), Shape.Of([of.Batch, of.Rows, of.Columns]));
        return k.ForEach(all.Size, geometry, i =>
        {
            var at = Coordinates.Of(i, all);
            finish(k.Let(place.At(at[0], at[1], at[2])), new Number(node.DType, 0));
        });
    }

    private Side Packed(Side of, int side)
    {
        var packed = Kernels.Packed.Of(of.Operand, side);
        var copy = passes.Elements(node.DType, Kernels.Packed.Elements(packed));
        passes.Add(() => Kernels.Packed.Code(of.Operand, of.Type, side, node.DType, geometry), of.At, copy);
        return new(packed, copy, node.DType);
    }
}
