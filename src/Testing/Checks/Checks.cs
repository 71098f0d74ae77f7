using System.Collections.Immutable;
using Functional.Interpreter;

namespace Functional.Testing;

/// <summary>Which derivatives are checked.</summary>
[Flags]
public enum Modes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Forward mode, against central differences.</summary>
    Forward = 1,

    /// <summary>Reverse mode, against forward mode; against central differences where forward mode is not checked.</summary>
    Reverse = 2,

    /// <summary>vmap, against one example after the other, of the function and of the derivatives that are checked.</summary>
    Batch = 4,

    /// <summary>All that there are.</summary>
    All = Forward | Reverse | Batch,
}

/// <summary>The verbs of the gradient checker: <c>using static Functional.Testing.Checks;</c>.</summary>
public static class Checks
{
    /// <summary>
    /// Checks a function's derivatives at a point, along random directions: forward mode against central differences, reverse mode by
    /// ⟨u, Jv⟩ = ⟨Jᵀu, v⟩, vmap against one example after the other, and, for orders above 1, the derivatives of the derivatives that each mode gives, in all 2ⁿ⁻¹ nestings. Integer
    /// and bool arguments are held; integer and bool results are not looked at. JAX's <c>jax.test_util.check_grads</c>.
    /// </summary>
    /// <param name="f">A function of an expression, a tuple or parameters, as are its results.</param>
    /// <param name="at">The point: expressions that read no variable, such as constants, or random numbers from a key. Tolerances are those of the coarsest element type in it: f64 finds far smaller mistakes.</param>
    /// <param name="order">Up to which order.</param>
    /// <param name="modes">Which modes.</param>
    /// <param name="seed">What the directions are drawn from.</param>
    /// <param name="interpreter">What evaluates; the reference interpreter where left out.</param>
    /// <param name="tolerance">How far numbers may differ, relative to their size or to 1; 1e-7 in f64 and 5e-3 in f32 where left out.</param>
    /// <returns>Every comparison. A report that nobody reads fails no test: see <see cref="assertGrads{TIn, TOut}(Func{TIn, TOut}, TIn, int, Modes, int, IInterpreter?, double?)"/>.</returns>
    /// <exception cref="ShapeError">Nothing of the point or the result is floating-point, or a variable is read that is no argument.</exception>
    public static Report checkGrads<TIn, TOut>(
        Func<TIn, TOut> f, TIn at, int order = 2, Modes modes = Modes.All, int seed = 0, IInterpreter? interpreter = null, double? tolerance = null)
    {
        var trial = Trial.Of(f, at, seed, interpreter, tolerance);
        return trial.Differentiable ? new(Derived(trial, order, modes))
            : throw new ShapeError("checkGrads", [.. Tree.Leaves(at).Select(x => new Operand(x.Label, x.Type))],
                [trial.Moving.IsEmpty ? "no argument is floating-point, so there is no derivative: convert one" : "no result is floating-point, so there is no derivative"]);
    }

    /// <inheritdoc cref="checkGrads{TIn, TOut}(Func{TIn, TOut}, TIn, int, Modes, int, IInterpreter?, double?)"/>
    public static Report checkGrads<A, B, TOut>(
        Func<A, B, TOut> f, (A, B) at, int order = 2, Modes modes = Modes.All, int seed = 0, IInterpreter? interpreter = null, double? tolerance = null) =>
        checkGrads<(A, B), TOut>(x => f(x.Item1, x.Item2), at, order, modes, seed, interpreter, tolerance);

    /// <inheritdoc cref="checkGrads{TIn, TOut}(Func{TIn, TOut}, TIn, int, Modes, int, IInterpreter?, double?)"/>
    public static Report checkGrads<A, B, C, TOut>(
        Func<A, B, C, TOut> f, (A, B, C) at, int order = 2, Modes modes = Modes.All, int seed = 0, IInterpreter? interpreter = null, double? tolerance = null) =>
        checkGrads<(A, B, C), TOut>(x => f(x.Item1, x.Item2, x.Item3), at, order, modes, seed, interpreter, tolerance);

    /// <summary>The form for test code: as <c>checkGrads</c>, but a comparison that fails is an error.</summary>
    /// <inheritdoc cref="checkGrads{TIn, TOut}(Func{TIn, TOut}, TIn, int, Modes, int, IInterpreter?, double?)" path="/param"/>
    /// <exception cref="BrokenLaw">A comparison fails: the message names it.</exception>
    /// <exception cref="ShapeError">Nothing of the point or the result is floating-point, or a variable is read that is no argument.</exception>
    public static void assertGrads<TIn, TOut>(
        Func<TIn, TOut> f, TIn at, int order = 2, Modes modes = Modes.All, int seed = 0, IInterpreter? interpreter = null, double? tolerance = null) =>
        checkGrads(f, at, order, modes, seed, interpreter, tolerance).OrThrow();

    /// <inheritdoc cref="assertGrads{TIn, TOut}(Func{TIn, TOut}, TIn, int, Modes, int, IInterpreter?, double?)"/>
    public static void assertGrads<A, B, TOut>(
        Func<A, B, TOut> f, (A, B) at, int order = 2, Modes modes = Modes.All, int seed = 0, IInterpreter? interpreter = null, double? tolerance = null) =>
        checkGrads(f, at, order, modes, seed, interpreter, tolerance).OrThrow();

    /// <inheritdoc cref="assertGrads{TIn, TOut}(Func{TIn, TOut}, TIn, int, Modes, int, IInterpreter?, double?)"/>
    public static void assertGrads<A, B, C, TOut>(
        Func<A, B, C, TOut> f, (A, B, C) at, int order = 2, Modes modes = Modes.All, int seed = 0, IInterpreter? interpreter = null, double? tolerance = null) =>
        checkGrads(f, at, order, modes, seed, interpreter, tolerance).OrThrow();

    /// <summary>What every law finds of a function at a point.</summary>
    /// <param name="f">A function of an expression, a tuple or parameters.</param>
    /// <param name="at">The point: expressions that read no variable.</param>
    /// <param name="laws">Which laws; all where left out.</param>
    public static Report checkLaws<TIn, TOut>(Func<TIn, TOut> f, TIn at, params ImmutableArray<Law> laws)
    {
        var trial = Trial.Of(f, at);
        return new((laws.IsDefaultOrEmpty ? Law.All : laws).SelectMany(law => law.Findings(trial)));
    }

    /// <summary>A program as C# that can be pasted into a test and makes the same program, with its inputs.</summary>
    public static string toCSharp(Function f, ImmutableArray<Tensor> inputs = default) => CSharp.Of(f, inputs);

    private static IEnumerable<Finding> Derived(Trial t, int order, Modes modes)
    {
        if (order < 1) return [];
        var checks = (modes.HasFlag(Modes.Forward) ? ForwardLaw.Of(t) : [])
            .Concat(modes.HasFlag(Modes.Reverse) ? ReverseLaw.Of(t, byDifferences: !modes.HasFlag(Modes.Forward)) : [])
            .Concat(modes.HasFlag(Modes.Batch) ? BatchLaw.Of(t) : []).ToList();
        if (order == 1 || checks.Exists(c => !c.Holds)) return checks;
        return checks
            .Concat(modes.HasFlag(Modes.Forward) ? Derived(Along(t), order - 1, modes) : [])
            .Concat(modes.HasFlag(Modes.Reverse) ? Derived(Pulled(t), order - 1, modes) : []);
    }

    /// <summary>x ↦ J(x) v.</summary>
    private static Trial Along(Trial t)
    {
        var forward = Derivatives.Forward(t.Function);
        return t.Then($"the forward derivative of {t.Name}",
            new(t.Function.Parameters, forward.Inline([.. t.Function.Parameters, .. Constants(t.Directions)])[t.Floating.Length..]),
            [.. t.Floating.Select(k => $"∂{t.Outputs[k]}")]);
    }

    /// <summary>x ↦ J(x)ᵀ u.</summary>
    private static Trial Pulled(Trial t)
    {
        var reverse = Derivatives.Reverse(t.Function);
        return t.Then($"the reverse derivative of {t.Name}",
            new(t.Function.Parameters, reverse.Inline([.. t.Function.Parameters, .. Constants(t.Cotangents)])[t.Floating.Length..]),
            [.. t.Moving.Select(i => $"∂{t.Name}/∂{t.Arguments[i]}")]);
    }

    private static IEnumerable<Expr> Constants(IEnumerable<Tensor> values) => values.Select(v => Prelude.constant(v.ToLiteral()));
}
