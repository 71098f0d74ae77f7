using Functional.Interpreter.Gpu.Code;

namespace Functional.Interpreter.Gpu.Kernels;

/// <summary>
/// Dots and convolutions, both as products of matrices: for a convolution the rows are all positions of all images, the columns a group's filters,
/// and the depth the elements under the window, of which the matrix is never made.
/// </summary>
internal sealed class Products
{
    private readonly Expr node;
    private readonly Expr made;
    private readonly FusedLoop? rest;
    private readonly Strided x;
    private readonly Strided y;
    private readonly Strided image;
    private readonly ProductSize size;
    private readonly StridedOperand result;
    private readonly StridedOperand? left;
    private readonly StridedOperand right;
    private readonly Copy? copyOfX;
    private readonly Copy? copyOfY;
    private readonly bool areChannelsInner;
    private readonly Geometry geometry;

    /// <summary>An operand is copied before it is read.</summary>
    /// <param name="Elements">How many elements the copy has.</param>
    /// <param name="Code">The kernel that makes it.</param>
    /// <param name="Last">What it is with its channels last, if it is that.</param>
    private sealed record Copy(long Elements, Func<KernelCode> Code, LastCopy? Last = null)
    {
        /// <summary>Whether elements are numbers of TF32.</summary>
        public bool AreRounded => Last is { Rounds: true };
    }

    private Products(Expr node, Expr made, FusedLoop? rest, Func<Expr, bool> isVirtual, Geometry geometry)
    {
        (this.node, this.made, this.rest, this.geometry) = (node, made, rest, geometry);
        (x, y) = (Strided.Of(node.Inputs[0], isVirtual), Strided.Of(node.Inputs[1], isVirtual));
        image = x;
        result = ProductResult.Of(node, made).Merged();
        if (node.Op is Dot dot) (size, left, right) = (Size(dot), StridedOperand.Of(x, dot.BatchX, dot.FreeX, dot.ContractX), StridedOperand.Of(y, dot.BatchY, dot.FreeY, dot.ContractY));
        else
        {
            var conv = (Conv)node.Op;
            size = Size(conv, node.Shape);
            var isCopied = size.Rows >= LeastRows && Filters <= Math.Max(MostCopied, node.Inputs[0].Shape.Size / 2);
            var (channels, padded) = (conv.Y.Shape[1], ChannelsLast.Padded(conv.Y.Shape[1]));
            var haveChannelsLast = (padded == channels || (size.Batch == 1 && padded <= 2 * channels))
                && Cores() is { } cores && IsReadWide(x, cores) && IsReadWide(y, cores) && Uses(x) >= LeastUses && Uses(y) >= LeastUses;
            areChannelsInner = conv.Window.Items.Any(w => w.Size > 1) && (haveChannelsLast || (isCopied && channels % ImageMatrix.LeastChannels == 0));
            var filters = y;
            if (areChannelsInner && haveChannelsLast)
            {
                (image, copyOfX) = WithChannelsLast(x, x.Shape[1] + padded - channels);
                (filters, copyOfY) = WithChannelsLast(y, padded);
                size = size with { Depth = size.Depth / channels * padded };
            }
            (left, right) = (ImageMatrix.Strided(image, conv, node.Shape), ImageMatrix.Filters(filters, size));
            if (areChannelsInner) (left, right) = (left?.WithFirstDepthLast(), right.WithFirstDepthLast());
            if (isCopied && copyOfY is null && StridedMatrix.RunOf(right, y.Root.DType, y.Root.Type.Bytes) == 1)
            {
                var scattered = right;
                (right, copyOfY) = (Dense.Of(scattered), new(Filters, () => Dense.Code(scattered, y.Root.DType, geometry)));
            }
        }
    }

    /// <summary>From so many positions on, and up to so many elements, it takes less to copy filters than to read them scattered.</summary>
    private const int LeastRows = 512, MostCopied = 1 << 22;

    /// <summary>
    /// Of so many multiply-adds of each element it takes less to copy operands with their channels last than to read elements one by one for tensor
    /// cores: while an H200 reads and writes 8 bytes, half of what its TF32 is said to reach multiplies 200 times (4.8 TB/s, 250 TFLOP/s), and single
    /// reads are 19 instructions more for each mma of 1,024 multiply-adds: 5 cycles of a multiprocessor that needs 2 for it. No GPU has been timed.
    /// </summary>
    private const double LeastUses = 100;

    /// <summary>How often each element of an operand is multiplied.</summary>
    private double Uses(Strided operand) => (double)size.Batch * size.Rows * size.Columns * size.Depth / operand.Shape.Size;

    /// <summary>An operand with its channels last, and so many of them, by a copy if it does not lie so; for the cores of TF32 the copy is rounded.</summary>
    private (Strided Operand, Copy? By) WithChannelsLast(Strided operand, int channels)
    {
        var lies = ChannelsLast.Of(operand, channels);
        var copy = new LastCopy(operand, channels, operand.Root.DType == DType.F32 && Cores() == MatrixNumbers.TF32);
        return (lies, lies == operand ? null : new(lies.Shape.Size, () => ChannelsLast.Code(geometry, copy), copy));
    }

    /// <summary>How many elements the right operand has.</summary>
    private long Filters => (long)size.Batch * size.Columns * size.Depth;

    /// <summary>
    /// In which numbers tensor cores can multiply what this does: in those of both operands' memory, or in TF32, which has all numbers of f16 and
    /// bf16, and to which those of f32 may be rounded; null where threads multiply.
    /// </summary>
    private MatrixNumbers? Cores()
    {
        if (geometry.Cores == TensorCores.None || node.DType != DType.F32) return null;
        if (x.Root.DType.IsHalf && x.Root.DType == y.Root.DType) return x.Root.DType == DType.F16 ? MatrixNumbers.F16 : MatrixNumbers.BF16;
        return geometry.Cores == TensorCores.TF32 || node.Inputs.All(IsOfHalves) ? MatrixNumbers.TF32 : null;
    }

    /// <summary>Whether the numbers are those of f16 or bf16.</summary>
    private static bool IsOfHalves(Expr factor)
    {
        while (factor.Op is Broadcast or Reshape or Permute or Reverse) factor = factor.Inputs[0];
        return factor.Op is Convert { X.DType.IsHalf: true };
    }

    private static ProductSize Size(Dot op) => new(
        checked((int)op.X.Shape.Pick(op.BatchX).Size), checked((int)op.X.Shape.Pick(op.FreeX).Size),
        checked((int)op.Y.Shape.Pick(op.FreeY).Size), checked((int)op.X.Shape.Pick(op.ContractX).Size));

    private static ProductSize Size(Conv op, Shape result)
    {
        var groups = op.FeatureGroups * op.BatchGroups;
        return new(groups, checked((int)(result.Size / Math.Max(1, result[1]))), result[1] / groups, checked((int)op.Y.Shape[1..].Size));
    }

    /// <summary>The kernels of a dot or a convolution, and of what goes on with its elements, given its operands and then the result, or the loop's other operands.</summary>
    /// <param name="node">The dot or the convolution.</param>
    /// <param name="made">It, or the permutation of it that is made.</param>
    /// <param name="rest">The loop that goes on.</param>
    /// <param name="isVirtual">Whether a node has no memory of its own.</param>
    /// <param name="geometry">The device.</param>
    public static Passes Passes(Expr node, Expr made, FusedLoop? rest, Func<Expr, bool> isVirtual, Geometry geometry)
    {
        var passes = new Passes();
        if (node.Shape.Size == 0) return passes;
        var product = new Products(node, made, rest, isVirtual, geometry);
        Piece[] others = [.. Enumerable.Range(2, rest is null ? 1 : rest.Operands.Count(o => o.Value != made)).Select(i => (Piece)i)];
        if (product.size.Depth == 0) passes.Add(product.Zeros, [0, 1, .. others]);
        else if (geometry.IsProcessor) new BlockedProducts(node, made, product.x, product.y, product.size, geometry, passes).Add(product.End, others);
        else product.ByTiles(passes, others);
        return passes;
    }

    /// <summary>The buffers that a step's kernels are given.</summary>
    public static int[] Buffers(Plan plan, Step step)
    {
        int[] rest = step.Loop is null ? [step.Buffer] : [.. step.Loop.Operands.Where(o => o.Value != (step.Permuted ?? step.Node)).Select(o => plan.BufferOf(o.Value))];
        return [.. step.Node.Inputs.Select(x => plan.BufferOf(Strided.Of(x, plan.IsVirtual).Root)), .. rest];
    }

    /// <summary>Sums over nothing.</summary>
    private KernelCode Zeros()
    {
        var k = new KernelBuilder(node.Op.Name);
        _ = (k.Argument(x.Root.DType), k.Argument(y.Root.DType));
        var end = End(k);
        return k.ForEach(node.Shape.Size, geometry, at => end(at, new Number(node.DType, 0)));
    }

    private void ByTiles(Passes passes, Piece[] others)
    {
        var (cores, first, second) = (Cores(), PieceOf(passes, 0, x, copyOfX), PieceOf(passes, 1, y, copyOfY));
        if (copyOfX is { Last: { } one } && copyOfY is { Last: { } other }) passes.Add(() => ChannelsLast.Code(geometry, one, other), 0, first, 1, second);
        else
        {
            if (copyOfX is not null) passes.Add(copyOfX.Code, 0, first);
            if (copyOfY is not null) passes.Add(copyOfY.Code, 1, second);
        }
        var division = Division.Of(size, geometry, cores, left is null ? ImageRun(cores) : Run(x, left, copyOfX, cores), Run(y, right, copyOfY, cores));
        if (division.Parts == 1)
        {
            passes.Add(() => Whole(division), [first, second, .. others]);
            return;
        }
        var sums = passes.Elements(node.DType, division.Parts * node.Shape.Size);
        passes.Add(() => Parts(division), first, second, sums);
        passes.Add(() => Sum(division), [sums, .. others]);
    }

    /// <summary>Where an operand is that is read: it, or its copy.</summary>
    private static Piece PieceOf(Passes passes, Piece at, Strided operand, Copy? copy) => copy is null ? at : passes.Elements(operand.Root.DType, copy.Elements);

    /// <summary>From the products' operands to the result.</summary>
    private KernelCode Whole(Division division)
    {
        var k = new KernelBuilder(node.Op.Name);
        var (a, b) = (Left(k, division), Right(k, division));
        if (rest is null)
        {
            var to = k.Argument(node.DType);
            return TiledProduct.Code(k, node.DType, division, size, a, b, Together(division), (_, batch, row, column, sums) => k.Put(to, Place(batch, row, column), sums));
        }
        var together = Together(division);
        together = together with { Count = Fused.Neighbours(rest, together.Count) };
        var end = Fused.Finish(k, rest, made, together.Count);
        return TiledProduct.Code(k, node.DType, division, size, a, b, together, (_, batch, row, column, sums) => end(Place(batch, row, column), sums));
    }

    /// <summary>From the operands to the sums over parts of the depth.</summary>
    private KernelCode Parts(Division division)
    {
        var k = new KernelBuilder(node.Op.Name);
        var (a, b, sums) = (Left(k, division), Right(k, division), k.Argument(node.DType));
        return TiledProduct.Code(k, node.DType, division, size, a, b, Together(division), (part, batch, row, column, values) => k.Put(sums, (part * checked((int)node.Shape.Size)) + Place(batch, row, column), values));
    }

    /// <summary>From the sums over parts to the result.</summary>
    private KernelCode Sum(Division division)
    {
        var k = new KernelBuilder($"{node.Op.Name}Sum");
        var sums = k.Argument(node.DType);
        return PartSums.Code(k, sums, division.Parts, (int)node.Shape.Size, End(k), geometry);
    }

    /// <summary>What is done with an element of the result: it is written, or a loop goes on with it.</summary>
    private Action<Value, Value> End(KernelBuilder k)
    {
        if (rest is not null)
        {
            var end = Fused.Finish(k, rest, made, 1);
            return (at, sum) => end(at, [sum]);
        }
        var to = k.Argument(node.DType);
        return (at, sum) => k.Put(to, at, sum);
    }

    private IMatrix Left(KernelBuilder k, Division division)
    {
        if (left is not null) return Matrix(k, division, x, left, copyOfX);
        var (type, run) = (x.Root.DType, ImageRun(division.Cores));
        return new ImageMatrix(k.Argument(type.IsHalf && run > 1 ? DType.I32 : type), type, image, (Conv)node.Op, node.Shape, areChannelsInner, division.Tile.Depth * (division.Cores?.PerWord() ?? 1), run, copyOfX is { AreRounded: true });
    }

    private StridedMatrix Right(KernelBuilder k, Division division) => Matrix(k, division, y, right, copyOfY);

    /// <summary>An operand by strides, which the kernel is given next: as words, where tensor cores multiply those and all of it can be read by words.</summary>
    private static StridedMatrix Matrix(KernelBuilder k, Division division, Strided of, StridedOperand operand, Copy? copy)
    {
        var (type, run) = (of.Root.DType, Run(of, operand, copy, division.Cores));
        return new(k.Argument(type.IsHalf && run > 1 ? DType.I32 : type), type, operand, run, copy is { AreRounded: true });
    }

    /// <summary>How many neighbours of an operand one access reads.</summary>
    private static int Run(Strided of, StridedOperand operand, Copy? copy, MatrixNumbers? cores) =>
        IsReadWide(of, cores) ? StridedMatrix.RunOf(operand, of.Root.DType, copy is null ? of.Root.Type.Bytes : copy.Elements * of.Root.DType.Size) : 1;

    /// <summary>The same of images whose windows see more than their elements: of channels, for tensor cores.</summary>
    private int ImageRun(MatrixNumbers? cores) => cores is not null && areChannelsInner && IsReadWide(x, cores) ? ImageMatrix.RunOf(image, (Conv)node.Op) : 1;

    /// <summary>Whether one access may read several neighbours: those of 16 bits only where they are multiplied as words.</summary>
    private static bool IsReadWide(Strided operand, MatrixNumbers? cores) => !operand.Root.DType.IsHalf || cores?.PerWord() == 2;

    /// <summary>Elements that lie side by side, which one access writes, if their numbers are of 32 bits and more: those of a row, or of a column.</summary>
    private Neighbours Together(Division division) =>
        Multiplication.OfThread(division, new(node.DType.Size < sizeof(int) ? 1 : StridedMatrix.RunOf(result, node.DType, made.Type.Bytes), !StridedMatrix.AlongDepth(result)));

    /// <summary>Where an element is in the result.</summary>
    private Value Place(Value batch, Value row, Value column) => result.Line(batch, row) + Axis.Offset(result.Depth, column);
}
