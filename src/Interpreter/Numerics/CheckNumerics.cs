using System.Collections.Immutable;
using LanguageExt;

namespace Functional.Interpreter;

/// <summary>Running a program under watch for NaN and infinity.</summary>
public static class CheckingNumerics
{
    extension(IInterpreter interpreter)
    {
        /// <summary>
        /// The results, or a <see cref="NonFinite"/>: the first node, in topological order, whose value is NaN or infinite though what it reads is
        /// finite, with where it stands, what it read there, which rule made it from which forward node, and on which line, where lines are recorded
        /// (<c>traced</c>). It is looked for inside the functions that control ops run, too. A constant ∞ is no problem until it makes NaN. Each node
        /// is counted through, which costs about as much again as the run.
        /// </summary>
        /// <exception cref="ShapeError">An input's type is not its parameter's.</exception>
        public Fin<ImmutableArray<Tensor>> CheckNumerics(Function program, params ImmutableArray<Tensor> inputs)
        {
            Interpreters.Check(program, inputs);
            var (results, problem) = new Watch(interpreter, program).Run(inputs);
            return problem is null ? results : problem;
        }

        /// <summary>The value of an expression, or the first node at which NaN or infinity comes up.</summary>
        public Fin<Tensor> CheckNumerics(Expr expression, params ReadOnlySpan<(Expr Variable, Tensor Value)> bindings)
        {
            var (variables, values) = (ImmutableArray.CreateBuilder<Expr>(), ImmutableArray.CreateBuilder<Tensor>());
            foreach (var (variable, value) in bindings)
            {
                variables.Add(variable);
                values.Add(value);
            }
            return interpreter.CheckNumerics(new Function(variables.ToImmutable(), [expression]), values.ToImmutable()).Map(results => results[0]);
        }

        /// <summary>The value of an expression that is built here, the lines of its nodes recorded, or the first node at which NaN or infinity comes up.</summary>
        public Fin<Tensor> CheckNumerics(Func<Expr> build, params ReadOnlySpan<(Expr Variable, Tensor Value)> bindings) =>
            interpreter.CheckNumerics(Prelude.traced(build), bindings);
    }
}
