namespace Functional.Testing;

/// <summary>How large the numbers of a node can be, and whether they are computed without rounding.</summary>
internal sealed class Bounds(Numbers numbers)
{
    private const double Most = 1 << 20;

    private readonly Dictionary<Expr, (double Bound, bool Exact)> known = [];

    /// <summary>Whether sums and products of the node stay within what f32 holds exactly.</summary>
    public bool Fit(Expr x) => Of(x).Bound <= Most || !x.Results[0].DType.IsFloat;

    /// <summary>Whether the node is the same number however it is computed.</summary>
    public bool IsExact(Expr x) => Of(x).Exact;

    private (double Bound, bool Exact) Of(Expr x)
    {
        foreach (var node in Fold.PostOrder(x))
            if (!known.ContainsKey(node)) known[node] = (Bound(node), Exact(node));
        return known[x];
    }

    private bool Exact(Expr x) => x.Inputs.All(i => known[i].Exact) && x.Op switch
    {
        Variable v => numbers == Numbers.Integers || !v.Type.DType.IsFloat,
        FloatUnary<Functions.Ceil> or FloatUnary<Functions.Floor> or FloatUnary<Functions.Round> => true,
        NumberBinary<Functions.Div> => numbers == Numbers.Integers || !x.DType.IsFloat,
        Pointwise op => !IsFloat(op),
        Control => numbers == Numbers.Integers,
        _ => true,
    };

    private double Bound(Expr x)
    {
        var of = x.Inputs.Select(i => known[i].Bound).ToArray();
        var most = of.DefaultIfEmpty(0).Max();
        return x.Op switch
        {
            Variable => 3,
            Constant c => Enumerable.Range(0, (int)c.Value.Type.Shape.Size).Select(i => Math.Abs(c.Value[i])).DefaultIfEmpty(0).Max(),
            Iota i => i.Type.Shape[i.Axis],
            RandomBits or Key => double.PositiveInfinity,
            NumberBinary<Functions.Add> or NumberBinary<Functions.Sub> => of[0] + of[1],
            NumberBinary<Functions.Mul> => of[0] * of[1],
            NumberBinary<Functions.Div> => numbers == Numbers.Smooth ? 30 : of[0],
            NumberBinary<Functions.Rem> => of[0],
            Bitwise<Functions.And> => of.Min(),
            FloatUnary<Functions.Ceil> or FloatUnary<Functions.Floor> or FloatUnary<Functions.Round> => most + 1,
            Pointwise op when IsFloat(op) => 30,
            Pointwise op when Family(op) == typeof(Bitwise<>) => x.DType == DType.Bool ? 1 : double.PositiveInfinity,
            Sum s => of[0] * s.X.Shape.Pick(s.Axes).Size,
            WindowSum w => of[0] * w.Window.Items.Aggregate(1L, (size, dim) => size * dim.Size),
            CumulativeSum c => of[0] * c.X.Shape[c.Axis],
            ScatterAdd s => of[0] * s.X.Shape.Size,
            DynamicUpdateSlice => Math.Max(of[0], of[1]),
            DynamicSlice or Gather => of[0],
            Dot d => of[0] * of[1] * d.X.Shape.Pick(d.ContractX).Size,
            Conv c => of[0] * of[1] * c.Y.Shape[1..].Size,
            Discrete => x.Inputs[0].Shape.Size,
            Control c => c.Bodies.Sum(b => b.Nodes.Length) * most * most + 30,
            _ => most,
        };
    }

    private static bool IsFloat(Pointwise op) => Family(op) == typeof(FloatUnary<>) || Family(op) == typeof(FloatBinary<>);

    private static Type Family(Pointwise op) => op.GetType().GetGenericTypeDefinition();
}
