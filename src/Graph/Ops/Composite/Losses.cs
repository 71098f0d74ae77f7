namespace Functional;

public static partial class Prelude
{
    /// <summary>
    /// The mean over a batch of −Σ t ln softmax(logits), with t the one-hot label mixed with the uniform distribution: (1 − s) · oneHot + s / classes. A target of 0 adds 0, also at a logit of −∞.
    /// </summary>
    /// <param name="logits">[N, classes], floating-point.</param>
    /// <param name="labels">[N], integers; one that names no class has the one-hot label 0, and without smoothing adds nothing.</param>
    /// <param name="smoothing">s, from 0 to 1 (Szegedy et al., 2015, section 7).</param>
    public static Expr crossEntropy(Expr logits, Expr labels, double smoothing = 0)
    {
        if (logits.Rank != 2 || labels.Rank != 1 || labels.Shape[0] != logits.Shape[0])
            throw new ShapeError("crossEntropy", [new(logits.Label, logits.Type), new(labels.Label, labels.Type)], ["logits must be [N, classes] and labels [N]"]);
        if (smoothing == 0) return -mean(gather(logSoftmax(logits), labels.DType == DType.U8 ? convert(labels, DType.I32) : labels, axis: 1, batch: 1));
        var targets = oneHot(labels, logits.Shape[1], logits.DType) * (1 - smoothing) + smoothing / logits.Shape[1];
        return -mean(sum(where(greater(targets, 0), targets * logSoftmax(logits), 0), 1));
    }

    /// <summary>The mean of (x − y)².</summary>
    public static Expr meanSquaredError(Expr x, Expr y) => mean((x - y) * (x - y));

    /// <summary>The mean of −t ln σ(z) − (1 − t) ln(1 − σ(z)) = softplus(z) − t z, for logits z and targets t.</summary>
    public static Expr binaryCrossEntropy(Expr logits, Expr targets) => mean(softplus(logits) - targets * logits);

    /// <summary>The mean of ½ d² where |d| ≤ δ and δ (|d| − ½ δ) elsewhere, d = x − y (Huber, 1964).</summary>
    public static Expr huber(Expr x, Expr y, double delta = 1)
    {
        var d = x - y;
        return mean(where(lessEqual(abs(d), delta), d * d * 0.5, (abs(d) - 0.5 * delta) * delta));
    }

    /// <summary>‖w‖², the sum of the squares of all parameters.</summary>
    public static Expr squaredNorm(Params<Expr> w) => w.Values.Select(p => sum(p * p)).Aggregate((a, b) => a + b);
}
