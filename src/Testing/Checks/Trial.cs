using System.Collections.Immutable;
using Functional.Interpreter;

namespace Functional.Testing;

/// <summary>
/// A function at a point, with directions to move in: what a law is tried on. Its floating-point arguments move, the others are held; its
/// floating-point results are compared.
/// </summary>
public sealed class Trial
{
    private Trial(string name, Function function, ImmutableArray<string> arguments, ImmutableArray<string> outputs, ImmutableArray<Tensor> inputs, Settings settings)
    {
        (Name, Function, Arguments, Outputs, Inputs, Settings) = (name, function, arguments, outputs, inputs, settings);
        Moving = [.. Enumerable.Range(0, function.Parameters.Length).Where(i => function.Parameters[i].DType.IsFloat)];
        Floating = [.. Enumerable.Range(0, function.Results.Length).Where(i => function.Results[i].DType.IsFloat)];
    }

    /// <summary>A function at inputs.</summary>
    /// <param name="f">The function.</param>
    /// <param name="inputs">A value for each parameter.</param>
    /// <param name="seed">What the directions are drawn from.</param>
    /// <param name="interpreter">What evaluates it; the reference interpreter where left out.</param>
    /// <param name="tolerance">How far numbers may differ, relative to their size; a default by their element type where left out.</param>
    /// <exception cref="ShapeError">The inputs are not of the parameters' types.</exception>
    public static Trial Of(Function f, ImmutableArray<Tensor> inputs, int seed = 0, IInterpreter? interpreter = null, double? tolerance = null)
    {
        Interpreters.Check(f, inputs);
        return new("f", f, [.. f.Parameters.Select(p => p.Label)], [.. f.Results.Select((_, i) => f.Results.Length == 1 ? "f" : $"result {i}")], inputs,
            new(Numbers.Smooth, seed, interpreter ?? new Reference(), tolerance));
    }

    /// <summary>A function at a point.</summary>
    /// <param name="f">A function of an expression, a tuple or parameters.</param>
    /// <param name="at">The point: expressions that read no variable, such as constants and random numbers from a key.</param>
    /// <param name="seed">What the directions are drawn from.</param>
    /// <param name="interpreter">What evaluates it; the reference interpreter where left out.</param>
    /// <param name="tolerance">How far numbers may differ, relative to their size; a default by their element type where left out.</param>
    /// <exception cref="ShapeError">The point or the function reads a variable that is not an argument.</exception>
    public static Trial Of<TIn, TOut>(Func<TIn, TOut> f, TIn at, int seed = 0, IInterpreter? interpreter = null, double? tolerance = null)
    {
        var settings = new Settings(Numbers.Smooth, seed, interpreter ?? new Reference(), tolerance);
        var arguments = Leaves.Names(at, "x");
        ImmutableArray<Expr> point = [.. Tree.Leaves(at).Select((x, i) => Prelude.variable(arguments[i], x.Type))];
        var y = f(Tree.With(at, point));
        return new("f", new(point, Tree.Leaves(y)), arguments, Leaves.Names(y, "f"), settings.Interpreter.Compile(new([], Tree.Leaves(at))).Run(), settings);
    }

    /// <summary>A random program at its inputs, with directions of its kind of number.</summary>
    /// <param name="p">The program.</param>
    /// <param name="tolerance">How far numbers may differ, relative to their size; a default by their element type where left out.</param>
    public static Trial Of(RandomProgram p, double? tolerance = null)
    {
        var plain = Of(p.Function, p.Inputs, tolerance: tolerance);
        return new("f", p.Function, plain.Arguments, plain.Outputs, p.Inputs, plain.Settings with { Numbers = p.Numbers, Seed = 7 });
    }

    /// <summary>What the function is: <c>f</c>, or a derivative of it.</summary>
    public string Name { get; }

    /// <summary>The function.</summary>
    public Function Function { get; }

    /// <summary>A value for each parameter.</summary>
    public ImmutableArray<Tensor> Inputs { get; }

    /// <summary>The arguments' names.</summary>
    internal ImmutableArray<string> Arguments { get; }

    /// <summary>The results' names.</summary>
    internal ImmutableArray<string> Outputs { get; }

    internal Settings Settings { get; }

    /// <summary>The parameters with a tangent, by place.</summary>
    internal ImmutableArray<int> Moving { get; }

    /// <summary>The results with a tangent, by place.</summary>
    internal ImmutableArray<int> Floating { get; }

    /// <summary>Whether there is anything to differentiate.</summary>
    internal bool Differentiable => !Moving.IsEmpty && !Floating.IsEmpty;

    /// <summary>The coarsest element type among what moves and what is compared.</summary>
    internal DType Precision => Moving.Select(i => Function.Parameters[i].DType).Concat(Floating.Select(i => Function.Results[i].DType)).DefaultIfEmpty(DType.F64).MinBy(t => t.Precision);

    /// <summary>A direction for each parameter that moves.</summary>
    internal ImmutableArray<Tensor> Directions => Values.Drawn([.. Moving.Select(i => Function.Parameters[i].Type)], Settings.Numbers, Settings.Seed);

    /// <summary>A cotangent for each result that is compared.</summary>
    internal ImmutableArray<Tensor> Cotangents => Values.Drawn([.. Floating.Select(i => Function.Results[i].Type)], Settings.Numbers, Settings.Seed + 1);

    /// <summary>The same directions, but for one argument's zero.</summary>
    internal ImmutableArray<Tensor> DirectionsIn(int argument) => [.. Directions.Select((v, i) => i == argument ? v : Tensor.Zeros(v.Type))];

    /// <summary>The results of a program of this function's parameters and more.</summary>
    internal ImmutableArray<Tensor> Run(Function program, params ImmutableArray<Tensor> more) => Settings.Interpreter.Compile(program).Run([.. Inputs, .. more]);

    /// <summary>Another function of the same arguments at the same point.</summary>
    internal Trial Then(string name, Function f, ImmutableArray<string> outputs) => new(name, f, Arguments, outputs, Inputs, Settings with { Seed = Settings.Seed + 2 });

    /// <summary>One comparison of this function.</summary>
    internal Finding Compare(string law, string place, double expected, double actual, double tolerance, string? hint = null) => new(law, Name, place, expected, actual, tolerance, hint);

    /// <summary>The trial as a program that can be pasted.</summary>
    public override string ToString() => CSharp.Of(Function, Inputs);
}

/// <summary>How a trial is made.</summary>
/// <param name="Numbers">What directions are.</param>
/// <param name="Seed">What they are drawn from.</param>
/// <param name="Interpreter">What evaluates.</param>
/// <param name="Tolerance">The user's, if any.</param>
internal sealed record Settings(Numbers Numbers, int Seed, IInterpreter Interpreter, double? Tolerance);
