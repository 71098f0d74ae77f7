using Functional;
using Functional.Nn;
using static Functional.Nn.Layers;
using static Functional.Prelude;

namespace Benchmarks.Models;

/// <summary>A transformer's block (Vaswani et al., 2017), normalised first (Xiong et al., 2020), on [N, tokens, features].</summary>
public static class Transformer
{
    /// <summary>x + attention(norm(x)), then x + mlp(norm(x)), the hidden layer four times as wide.</summary>
    public static Layer Block(int heads) => Residual(LayerNorm() >> Attention(heads)) >> Residual(LayerNorm() >> Mlp(4));

    /// <summary>softmax(Q Kᵀ / √d) V for each head.</summary>
    public static Layer Attention(int heads) => new("attention", (scope, x) =>
    {
        var (n, tokens, width, d) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[2] / heads);
        Expr Heads(string name) => permute(reshape(matmul(x, Weight(scope, name, width, width)), n, tokens, heads, d), [0, 2, 1, 3]);
        var attended = matmul(softmax(matmul(Heads("query"), transpose(Heads("key"))) * (1 / Math.Sqrt(d))), Heads("value"));
        return matmul(reshape(permute(attended, [0, 2, 1, 3]), n, tokens, width), Weight(scope, "output", width, width));
    });

    private static Layer Mlp(int times) => new("mlp", (scope, x) =>
        matmul(gelu(matmul(x, Weight(scope, "up", x.Shape[2], times * x.Shape[2]))), Weight(scope, "down", times * x.Shape[2], x.Shape[2])));

    private static Expr Weight(Scope scope, string name, int from, int to) => scope.Parameter(name, TensorType.F32(from, to), Initializers.Glorot);
}
