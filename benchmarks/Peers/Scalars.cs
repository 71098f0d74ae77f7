using System.Collections.Immutable;
using Functional.Interpreter;
using TorchSharp;
using static Functional.Prelude;

namespace Benchmarks.Peers;

/// <summary>Programs of a few scalars, where what is not arithmetic binds.</summary>
public static class Scalars
{
    /// <summary>The lecture's example.</summary>
    public static ImmutableArray<Row> Rows() =>
    [
        new("gradient of (x + y)(x + z), one evaluation",
            cpu => Ours.Side(
                cpu,
                p => grad((x, y, z) => (x + y) * (x + z))(p[0], p[1], p[2]) is var (dx, dy, dz) ? [dx, dy, dz] : [],
                Tensor.Scalar(-2f), Tensor.Scalar(5f), Tensor.Scalar(-4f)),
            () =>
            {
                var (x, y, z) = (torch.tensor(-2f, requires_grad: true), torch.tensor(5f, requires_grad: true), torch.tensor(-4f, requires_grad: true));
                return Libtorch.Side(() => [.. torch.autograd.grad([(x + y) * (x + z)], [x, y, z])]);
            })
        { Target = 40 },
    ];
}
