using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Examples;

/// <summary>The README's code prints what the README says.</summary>
public sealed class ReadmeTests : IDisposable
{
    private StringWriter Console { get; } = new();

    /// <inheritdoc/>
    public void Dispose() => Console.Dispose();

    [Fact]
    public void A_taste()
    {
        Expr F(Expr x, Expr y, Expr z) => (x + y) * (x + z);

        var (x, y, z) = (variable("x"), variable("y"), variable("z"));
        var (dx, dy, dz) = simplify(grad(F)(x, y, z));
        Console.WriteLine(show([dx, dy, dz]));                       // the adjoints are graphs, too

        var at = new[] { (x, Tensor.Scalar(-2f)), (y, Tensor.Scalar(5f)), (z, Tensor.Scalar(-4f)) };
        Console.WriteLine(Cpu.Default.Eval(dx, at));

        Document.Of("README.md").Shows(Console);
    }
}
