using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>
/// A meaning of graphs. Interpreters are interchangeable: the same program, the same call, the same answer; <see cref="Reference"/> defines it.
/// An interpreter is a value that owns what it needs (threads, memory, compiled programs) and keeps no global state.
/// </summary>
public interface IInterpreter
{
    /// <summary>The name, as <c>--backend</c> takes it.</summary>
    string Name { get; }

    /// <summary>Makes a program ready to run; once for each structural hash and set of donated inputs while it is among the <see cref="CompiledPrograms"/>.</summary>
    /// <param name="program">A closed function.</param>
    /// <param name="donated">The inputs whose memory a run may reuse; the tensors given there cannot be read afterwards.</param>
    IExecutable Compile(Function program, ValueArray<int> donated = default);

    /// <summary>
    /// A tensor of the same value where programs read it without a copy: on a device, if there is one, copied beside what runs there. From any
    /// thread; what returns is ready. JAX's <c>device_put</c>.
    /// </summary>
    Tensor Put(Tensor value);
}

/// <summary>A program ready to run, as often as wanted, from several threads.</summary>
public interface IExecutable
{
    /// <summary>What it computes.</summary>
    Function Program { get; }

    /// <summary>The results for the given inputs, one for each parameter.</summary>
    /// <exception cref="ShapeError">An input's type is not its parameter's.</exception>
    ImmutableArray<Tensor> Run(params ImmutableArray<Tensor> inputs);

    /// <summary>The same, ended from outside between two kernels, those of a loop's steps among them. Donated inputs are gone even so.</summary>
    /// <param name="cancellation">Ends the run.</param>
    /// <param name="inputs">One for each parameter.</param>
    /// <exception cref="OperationCanceledException">It was ended before it was done. The program can be run again.</exception>
    /// <exception cref="ShapeError">An input's type is not its parameter's.</exception>
    ImmutableArray<Tensor> Run(CancellationToken cancellation, params ImmutableArray<Tensor> inputs);
}

/// <summary>Ways to call an interpreter.</summary>
public static class Interpreters
{
    extension(IInterpreter interpreter)
    {
        /// <summary>The value of an expression in which the named variables have the given values.</summary>
        public Tensor Eval(Expr expression, params ReadOnlySpan<(Expr Variable, Tensor Value)> bindings)
        {
            var (variables, values) = (ImmutableArray.CreateBuilder<Expr>(), ImmutableArray.CreateBuilder<Tensor>());
            foreach (var (variable, value) in bindings)
            {
                variables.Add(variable);
                values.Add(value);
            }
            return interpreter.Compile(new([.. variables], [expression])).Run(values.ToImmutable())[0];
        }

        /// <summary>A function from tensors to tensors, compiled for each type of argument on first use.</summary>
        public Func<Tensor, Tensor> Compile(Func<Expr, Expr> f) =>
            x => interpreter.Compile(Function.Trace(a => [f(a[0])], ("x", x.Type))).Run(x)[0];

        /// <summary>A function from tensors to tensors, compiled for each type of arguments on first use.</summary>
        public Func<Tensor, Tensor, Tensor> Compile(Func<Expr, Expr, Expr> f) =>
            (x, y) => interpreter.Compile(Function.Trace(a => [f(a[0], a[1])], ("x", x.Type), ("y", y.Type))).Run(x, y)[0];
    }

    /// <summary>Refuses inputs that do not fit a program.</summary>
    /// <exception cref="ShapeError">Their number or a type differs.</exception>
    public static void Check(Function program, ImmutableArray<Tensor> inputs)
    {
        if (inputs.Length != program.Parameters.Length)
            throw new ShapeError("run", $"{inputs.Length} inputs are given to a program of {program.Parameters.Length}");
        for (var i = 0; i < inputs.Length; i++)
            if (inputs[i].Type != program.Parameters[i].Type)
                throw new ShapeError("run", $"input {i} is {inputs[i].Type}, but {program.Parameters[i].Label} is {program.Parameters[i].Type}");
    }
}
