using System.Collections.Immutable;
using Functional;
using static Functional.Prelude;

namespace PropertyTests.Transforms;

/// <summary>A function's gradient as a textbook derives it, beside the function that <c>grad</c> is given.</summary>
/// <param name="Name">What it is.</param>
/// <param name="At">The arguments, variables.</param>
/// <param name="Gradient">The gradient that <c>grad</c> gives.</param>
/// <param name="ByHand">The gradient derived by hand, each value computed once.</param>
public sealed record HandDerived(string Name, ImmutableArray<Expr> At, ImmutableArray<Expr> Gradient, ImmutableArray<Expr> ByHand)
{
    private const int N = 6;
    private const int F = 5;
    private const int C = 4;

    /// <summary>The lecture's example, logistic regression, softmax cross entropy.</summary>
    public static ImmutableArray<HandDerived> All { get; } = [Lecture(), LogisticRegression(), SoftmaxCrossEntropy()];

    /// <summary>How many nodes compute something: all but variables and constants.</summary>
    public static int Size(ImmutableArray<Expr> roots) => Fold.PostOrder(roots).Count(n => n.Op is not Leaf);

    /// <summary>f = (x + y)(x + z): ∂f = ((x + y) + (x + z), x + z, x + y).</summary>
    private static HandDerived Lecture()
    {
        var (x, y, z) = (variable("x", DType.F64), variable("y", DType.F64), variable("z", DType.F64));
        var (dx, dy, dz) = grad((Expr x, Expr y, Expr z) => (x + y) * (x + z))(x, y, z);
        var (a, b) = (x + y, x + z);
        return new("(x + y)(x + z)", [x, y, z], [dx, dy, dz], [a + b, b, a]);
    }

    /// <summary>The mean of softplus(s) − t s at s = X w + b: r = (σ(s) − t) / N, ∂w = Xᵀ r, ∂b = Σ r.</summary>
    private static HandDerived LogisticRegression()
    {
        var (x, t) = (variable("X", TensorType.F64(N, F)), variable("t", TensorType.F64(N)));
        var (w, b) = (variable("w", TensorType.F64(F)), variable("b", DType.F64));
        var (dw, db) = grad((Expr w, Expr b) => binaryCrossEntropy(matmul(x, w) + b, t))(w, b);
        var r = (logistic(matmul(x, w) + b) - t) * (1.0 / N);
        return new("logistic regression", [x, t, w, b], [dw, db], [dot(x, r, [], [], 0, 0), sum(r)]);
    }

    /// <summary>The cross entropy of softmax(z): ∂z = (softmax(z) − onehot) / N, the maximum, where finite, taken out of the exponents as the library does.</summary>
    private static HandDerived SoftmaxCrossEntropy()
    {
        var (z, y) = (variable("z", TensorType.F64(N, C)), variable("y", TensorType.I32(N)));
        var greatest = max(z, 1, keepDims: true);
        var e = exp(z - where(isFinite(greatest), greatest, 0));
        var softmax = e / sum(e, 1, keepDims: true);
        return new("softmax cross entropy", [z, y], [grad((Expr z) => crossEntropy(z, y))(z)], [(softmax - oneHot(y, C, DType.F64)) * (1.0 / N)]);
    }
}
