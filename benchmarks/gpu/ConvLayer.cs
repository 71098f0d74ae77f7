using System.Collections.Immutable;
using Functional;
using static Functional.Prelude;

namespace Benchmarks.Gpu;

/// <summary>A layer's convolution, and those of its adjoints.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="X">The images' shape.</param>
/// <param name="W">The filters' shape.</param>
/// <param name="Stride">The stride.</param>
/// <param name="Padding">The padding.</param>
/// <param name="Groups">In how many groups channels are.</param>
public sealed record ConvLayer(string Name, int[] X, int[] W, int Stride, int Padding, int Groups = 1)
{
    /// <summary>The value and both adjoints, each with the shapes of what it is given.</summary>
    public IEnumerable<(string Name, Func<ImmutableArray<Expr>, ImmutableArray<Expr>> Program, int[] First, int[] Second)> Programs
    {
        get
        {
            var (x, w) = (variable("x", TensorType.F32(X)), variable("w", TensorType.F32(W)));
            int[] y = [.. Apply(x, w).Shape];
            yield return ($"{Name}, forward", p => [Apply(p[0], p[1])], X, W);
            yield return ($"{Name}, d input", p => [linearTranspose<Expr, Expr>(v => Apply(v, p[1]), x)(p[0])], y, W);
            yield return ($"{Name}, d weight", p => [linearTranspose<Expr, Expr>(v => Apply(p[0], v), w)(p[1])], X, y);
        }
    }

    private Expr Apply(Expr x, Expr w) => conv2d(x, w, Stride, Padding, groups: Groups);
}
