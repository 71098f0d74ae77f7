using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional.Testing;

/// <summary>A program being drawn: the nodes so far, and the numbers of the current step.</summary>
internal sealed class Draft
{
    private const int MostElements = 48;
    private const int MostAxes = 5;

    private readonly List<Expr> pool = [];
    private readonly List<Expr> variables = [];
    private readonly Bounds bounds;
    private ImmutableArray<int> draws = [];
    private int cursor;

    public Draft(Recipe recipe)
    {
        (Numbers, Float) = (recipe.Numbers, recipe.Float);
        bounds = new(Numbers);
        Add(Input(new(Float, [2, 3])));
        Add(Input(TensorType.I32(2)));
        Add(iota(new(Float, [3])) - 1);
        Add(constant<bool>([2], true, false));
        foreach (var step in recipe.Steps)
        {
            (draws, cursor) = (step.Draws.Items, 0);
            if (OpCodes.All[step.Code % OpCodes.All.Length].Make(this) is { } made)
                foreach (var node in made) Add(node);
        }
    }

    public Numbers Numbers { get; }

    /// <summary>The floating-point type of the whole program.</summary>
    public DType Float { get; }

    /// <summary>The variables, and every node that no other node reads.</summary>
    public Function Finish()
    {
        var read = Fold.PostOrder(pool.ToImmutableArray()).SelectMany(x => x.Inputs).ToHashSet();
        return new([.. variables], [.. pool.Where(x => !read.Contains(x)).Distinct()]);
    }

    /// <summary>A number from 0 up to but not including <paramref name="count"/>.</summary>
    public int Next(int count) => count < 2 || draws.IsEmpty ? 0 : draws[cursor++ % draws.Length] % count;

    public int Next(int from, int to) => from + Next(to - from);

    public bool Flip() => Next(2) == 1;

    /// <summary>One of the nodes so far that fit, the latest as the smallest number; null where none does.</summary>
    public Expr? Pick(Func<Expr, bool> fits)
    {
        var fitting = pool.Where(fits).ToList();
        return fitting.Count == 0 ? null : fitting[^(1 + Next(fitting.Count))];
    }

    /// <summary>A floating-point node.</summary>
    public Expr Real(int leastRank = 0) => Pick(x => x.DType == Float && x.Rank >= leastRank)!;

    /// <summary>A node of numbers that a step function may read: exact ones.</summary>
    public Expr Exact(int leastRank = 0) => Pick(x => x.DType.IsNumber && x.Rank >= leastRank && bounds.IsExact(x))!;

    /// <summary>A node of the type; a constant where there is none.</summary>
    public Expr Like(TensorType type) => Pick(x => x.Type == type) ?? Literal(type, -2, 3);

    public Expr Integers(Shape shape, int from, int to) =>
        Flip() && Pick(x => x.DType is DType.I32 or DType.I64 && x.Shape == shape) is { } drawn ? drawn : Literal(new(Flip() ? DType.I64 : DType.I32, shape), from, to);

    /// <summary>A constant of drawn integers.</summary>
    public Expr Literal(TensorType type, int from, int to)
    {
        var least = type.DType is DType.Bool or DType.U8 ? Math.Max(0, from) : from;
        return constant(Values.Of(type, () => Next(least, to)).ToLiteral());
    }

    public Expr Input(TensorType type)
    {
        var x = variable($"x{variables.Count}", type);
        variables.Add(x);
        return x;
    }

    /// <summary>A new variable, or a node so far, of the type.</summary>
    public Expr Operand(TensorType type) => Flip() && Pick(x => x.Type == type) is { } drawn ? drawn : Input(type);

    public int Extent() => Next(9) == 8 ? 0 : 1 + Next(3);

    public Shape Dims(int least = 0) => Shape.Of([.. Enumerable.Range(0, Next(least, 4)).Select(_ => Extent())]);

    public Axes Some(int rank) => Axes.Of([.. Enumerable.Range(0, rank).Where(_ => Flip())]);

    public Axes Shuffled(int rank)
    {
        var axes = Enumerable.Range(0, rank).ToArray();
        for (var i = rank - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (axes[i], axes[j]) = (axes[j], axes[i]);
        }
        return Axes.Of(axes);
    }

    public WindowDim Window() => new(Next(1, 4), Next(1, 3), Next(-1, 3), Next(-1, 3), Next(1, 3), Next(1, 3));

    private void Add(Expr node)
    {
        if (!pool.Contains(node) && Fold.PostOrder(node).All(x => x.Results.All(t => t.Rank <= MostAxes && t.Shape.Size <= MostElements) && bounds.Fit(x)))
            pool.Add(node);
    }
}
