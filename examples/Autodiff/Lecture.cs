using System.Collections.Immutable;
using Functional;
using Functional.Interpreter;
using static Functional.Prelude;

namespace Autodiff;

/// <summary>The lecture's example f(x, y, z) = (x + y)(x + z), and what the library says of it. Every figure is computed.</summary>
public sealed class Lecture
{
    private readonly IInterpreter interpreter;
    private readonly (Expr Variable, Tensor Value)[] point;

    /// <summary>The example at a point, where an interpreter evaluates it: the reference interpreter, if none is given.</summary>
    public Lecture(float x, float y, float z, IInterpreter? interpreter = null)
    {
        this.interpreter = interpreter ?? new Reference();
        Variables = [variable("x"), variable("y"), variable("z")];
        Value = F(Variables[0], Variables[1], Variables[2]);
        point = [(Variables[0], Tensor.Scalar(x)), (Variables[1], Tensor.Scalar(y)), (Variables[2], Tensor.Scalar(z))];
    }

    /// <summary>The example.</summary>
    public static Expr F(Expr x, Expr y, Expr z) => (x + y) * (x + z);

    /// <summary>x, y and z.</summary>
    public ImmutableArray<Expr> Variables { get; }

    /// <summary>f(x, y, z), a graph.</summary>
    public Expr Value { get; }

    /// <summary>The example as a function.</summary>
    public Function Function => new(Variables, [Value]);

    /// <summary>The nodes, each after those it reads.</summary>
    public ImmutableArray<Expr> TopologicalOrder => Fold.PostOrder(Value);

    /// <summary>An expression's number at the point.</summary>
    public double At(Expr expression) => interpreter.Eval(expression, point).Value;

    /// <summary>Reverse mode as a graph: ∂f/∂x, ∂f/∂y and ∂f/∂z, simplified.</summary>
    public Function AdjointGraph => simplify(new Function(Variables, Gradient));

    private ImmutableArray<Expr> Gradient => grad(F)(Variables[0], Variables[1], Variables[2]) is var (dx, dy, dz) ? [dx, dy, dz] : [];

    /// <summary>Forward mode: one pass for each input, along its unit vector. Each pass gives one partial derivative.</summary>
    public ImmutableArray<Expr> ForwardPasses =>
    [
        .. Enumerable.Range(0, 3).Select(seed => jvp(
            v => F(v.Item1, v.Item2, v.Item3),
            (Variables[0], Variables[1], Variables[2]),
            (Unit(0, seed), Unit(1, seed), Unit(2, seed))).Tangent),
    ];

    private static Expr Unit(int input, int seed) => constant(input == seed ? 1.0 : 0.0);

    /// <summary>The second derivatives: the gradient of each partial derivative.</summary>
    public ImmutableArray<ImmutableArray<Expr>> Hessian =>
    [
        .. Enumerable.Range(0, 3).Select(row =>
        {
            var (dx, dy, dz) = simplify(grad((x, y, z) => grad(F)(x, y, z) is var g ? row == 0 ? g.Item1 : row == 1 ? g.Item2 : g.Item3 : x)(Variables[0], Variables[1], Variables[2]));
            return ImmutableArray.Create(dx, dy, dz);
        }),
    ];

    /// <summary>A node met by backpropagation: its value, its finished adjoint, and what it hands to each input.</summary>
    public readonly record struct Visit(Expr Node, double Value, double Adjoint, ImmutableArray<(Expr Input, double Amount)> Hands, string Rule);

    /// <summary>
    /// Backpropagation: the graph walked in reverse topological order with numbers in hand. When a node is met all its users have been, so its
    /// adjoint is complete, and one adjoint for each node is enough. What comes out is numbers at this point, no graph.
    /// </summary>
    public ImmutableArray<Visit> Backpropagation()
    {
        var adjoints = new Dictionary<Expr, double> { [Value] = 1 };
        var visits = ImmutableArray.CreateBuilder<Visit>();
        foreach (var node in TopologicalOrder.Reverse())
        {
            var adjoint = adjoints[node];
            var hands = ImmutableArray.CreateBuilder<(Expr, double)>();
            if (node.Op is Elementwise op)
                for (var i = 0; i < node.Inputs.Length; i++)
                {
                    var amount = At(op.Chain(i, node, constant(adjoint))!);
                    adjoints[node.Inputs[i]] = adjoints.GetValueOrDefault(node.Inputs[i]) + amount;
                    hands.Add((node.Inputs[i], amount));
                }
            visits.Add(new(node, At(node), adjoint, hands.ToImmutable(), RuleOf(node)));
        }
        return visits.ToImmutable();
    }

    private static string RuleOf(Expr node) => node.Op switch
    {
        NumberBinary<Functions.Add> => "sum rule: as it is, to both",
        NumberBinary<Functions.Mul> => "product rule: times the other factor",
        _ => "input: the partial derivative",
    };
}
