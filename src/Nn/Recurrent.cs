using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>Layers over sequences [N, T, F]: each is one loop, whatever T.</summary>
public static class Recurrent
{
    /// <summary>
    /// Long short-term memory (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000), [N, T, F] to [N, T, hidden]:
    /// (i, f, g, o) = x Wx + h Wh + b in this order, c ← σ(f) c + σ(i) tanh(g), h ← σ(o) tanh(c), from h = c = 0. Parameters: input weight
    /// [F, 4 hidden], hidden weight [hidden, 4 hidden] and bias [4 hidden], whose part for the forget gate begins at 1 (Jozefowicz et al., 2015).
    /// The products with Wx are taken before the loop, all steps at once.
    /// </summary>
    /// <param name="hidden">The size of h and c.</param>
    /// <param name="keep">What the loop keeps for its adjoint.</param>
    /// <exception cref="ShapeError">The input is no sequence.</exception>
    public static Layer Lstm(int hidden, Residuals keep = Residuals.Store) => new("lstm", (scope, x) =>
    {
        if (x.Rank != 3) throw new ShapeError("lstm", [new("x", x.Type)], ["needs sequences [N, T, F]"]);
        var (n, steps, type) = (x.Shape[0], x.Shape[1], x.DType);
        var wx = scope.Parameter("inputWeight", new(type, [x.Shape[2], 4 * hidden]), Initializers.Glorot);
        var wh = scope.Parameter("hiddenWeight", new(type, [hidden, 4 * hidden]), Initializers.Glorot);
        var b = scope.Parameter("bias", new(type, [4 * hidden]), ForgetOne);
        var inputs = reshape(matmul(reshape(moveAxis(x, 1, 0), steps * n, -1), wx) + b, steps, n, 4 * hidden);
        var zero = zeros(new(type, [n, hidden]));
        var (_, hs) = scan<(Expr H, Expr C), Expr, Expr>((carry, xt) =>
        {
            var gates = xt + matmul(carry.H, wh);
            Expr Gate(int i) => slice(gates, 1, (i * hidden)..((i + 1) * hidden));
            var c = sigmoid(Gate(1)) * carry.C + sigmoid(Gate(0)) * tanh(Gate(2));
            var h = sigmoid(Gate(3)) * tanh(c);
            return ((h, c), h);
        }, (zero, zero), inputs, keep: keep);
        return moveAxis(hs, 0, 1);
    });

    /// <summary>The last step of sequences [N, T, F], [N, F].</summary>
    public static Layer Last { get; } = Layers.Lambda("last", x => index(x, 1, ^1));

    private static Expr ForgetOne(Expr key, TensorType type)
    {
        var hidden = type.Shape[0] / 4;
        return pad(ones(type with { Shape = [hidden] }), [new(hidden, 2 * hidden)]);
    }
}
