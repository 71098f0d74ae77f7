using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>Running a program and looking at its tapped values.</summary>
public static class Tapping
{
    extension(IInterpreter interpreter)
    {
        /// <summary>
        /// The results, and the values of the program's taps with their names: forward values in the program's order, then their adjoints. The
        /// results are those that the program has without looking.
        /// </summary>
        /// <exception cref="ShapeError">An input's type is not its parameter's.</exception>
        public (ImmutableArray<Tensor> Results, ImmutableArray<(string Name, Tensor Value)> Taps) RunTapped(Function program, params ImmutableArray<Tensor> inputs)
        {
            var (tapped, names) = Prelude.taps(program);
            var values = interpreter.Compile(tapped).Run(inputs);
            var (results, looked) = (values[..program.Results.Length], values[program.Results.Length..]);
            return (results, [.. names.Zip(looked)]);
        }
    }
}
