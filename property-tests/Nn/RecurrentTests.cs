using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using Functional.Nn;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Nn;

public sealed class RecurrentTests
{
    private static readonly Reference Reference = new();

    private static Expr Loss(Params<Expr> w, Expr x) => sum(sin((Recurrent.Lstm(4) >> Recurrent.Last).Apply(w, x)));

    private static (Params<Expr> Weights, Expr X) Model(int steps)
    {
        var x = variable("x", TensorType.F64(2, steps, 3));
        return (Recurrent.Lstm(4).Init(1, x.Type).Weights.Map((path, w) => variable(path, w.Type)), x);
    }

    private static ImmutableArray<Tensor> Values(Function f)
    {
        var random = new Random(3);
        return [.. f.Parameters.Select(p => Tensor.Of<double>(p.Shape, [.. Enumerable.Range(0, (int)p.Shape.Size).Select(_ => random.NextDouble() - 0.5)]))];
    }

    /// <summary>The cell written out, step after step, from PyTorch's equations.</summary>
    [Fact]
    public void An_lstm_is_its_cell_at_each_step()
    {
        var (w, x) = Model(5);
        var (h, c) = (zeros(TensorType.F64(2, 4)), zeros(TensorType.F64(2, 4)));
        var hs = new List<Expr>();
        for (var t = 0; t < 5; t++)
        {
            var gates = split4(matmul(index(x, 1, t), w["lstm_0/inputWeight"]) + matmul(h, w["lstm_0/hiddenWeight"]) + w["lstm_0/bias"]);
            c = sigmoid(gates[1]) * c + sigmoid(gates[0]) * tanh(gates[2]);
            h = sigmoid(gates[3]) * tanh(c);
            hs.Add(h);
        }
        var f = new Function([.. w.Values, x], [Recurrent.Lstm(4).Apply(w, x), stack(1, [.. hs])]);
        var results = Reference.Compile(f).Run(Values(f));
        for (var i = 0; i < results[0].Shape.Size; i++) Assert.Equal(results[1][i], results[0][i], 14);

        static Expr[] split4(Expr g) => [.. Enumerable.Range(0, 4).Select(i => slice(g, 1, (4 * i)..(4 * i + 4)))];
    }

    [Fact]
    public void Two_hundred_steps_are_one_scan_and_its_adjoint_another()
    {
        int[] Sizes(int steps)
        {
            var (w, x) = Model(steps);
            var forward = Fold.PostOrder(Loss(w, x));
            var gradient = Fold.PostOrder(grad<Params<Expr>>(v => Loss(v, x))(w).Values.ToImmutableArray());
            Assert.Single(forward, n => n.Op is Scan);
            Assert.Equal(2, gradient.Count(n => n.Op is Scan));
            return [forward.Length, gradient.Length, .. gradient.Where(n => n.Op is Scan).Select(n => ((Scan)n.Op).Body.Nodes.Length)];
        }
        Assert.Equal(Sizes(7), Sizes(200));
    }

    [Theory]
    [InlineData(Residuals.Store)]
    [InlineData(Residuals.Recompute)]
    [InlineData(Residuals.SquareRoot)]
    public void Whatever_it_keeps_its_gradient_is_the_same(Residuals keep)
    {
        var (w, x) = Model(10);
        ImmutableArray<Expr> Gradient(Residuals r) => [.. grad<Params<Expr>>(v => sum(sin(Recurrent.Lstm(4, r).Apply(v, x))))(w).Values];
        var f = new Function([.. w.Values, x], [.. Gradient(keep), .. Gradient(Residuals.Store)]);
        var results = Reference.Compile(f).Run(Values(f));
        for (var i = 0; i < w.Count; i++)
            for (var j = 0; j < results[i].Shape.Size; j++) Assert.Equal(results[i + w.Count][j], results[i][j], 12);
    }
}
