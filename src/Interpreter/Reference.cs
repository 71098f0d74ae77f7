using System.Collections.Immutable;

namespace Functional.Interpreter;

/// <summary>
/// The definition of what a graph means: naive loops, one thread, a few lines per op. Arithmetic is in the element type; sums and products of
/// f32 are accumulated in f64 and rounded once; f16 and bf16 are computed in f32 (<see cref="Widen"/>). Every other interpreter is compared with this one.
/// </summary>
public sealed class Reference : IInterpreter
{
    private readonly CompiledPrograms compiled = new();

    /// <inheritdoc/>
    public string Name => "reference";

    /// <summary>Makes a program ready to run. Donation is allowed and has no effect: nothing is ever overwritten.</summary>
    public IExecutable Compile(Function program, ValueArray<int> donated = default) =>
        compiled.Get(program, default, () => new Executable(program));

    /// <summary>The tensor: it is read where it lies.</summary>
    public Tensor Put(Tensor value) => value;

    private sealed class Executable(Function program) : IExecutable
    {
        private readonly Function widened = Widen.Of(program);

        public Function Program => program;

        public ImmutableArray<Tensor> Run(params ImmutableArray<Tensor> inputs) => Run(CancellationToken.None, inputs);

        public ImmutableArray<Tensor> Run(CancellationToken cancellation, params ImmutableArray<Tensor> inputs)
        {
            Interpreters.Check(program, inputs);
            cancellation.ThrowIfCancellationRequested();
            return Evaluation.Of(widened, inputs);
        }
    }
}
