using System.Runtime.CompilerServices;
using FsCheck.Xunit;
using Functional;
using Functional.Interpreter;
using Xunit;

namespace PropertyTests.Interpreters;

/// <summary>Interpreters remember the programs that were asked for last, and nothing of the others.</summary>
[Collection(nameof(AloneWithTheCollector))]
public sealed class CompiledProgramsTests
{
    private static readonly Reference Reference = new();

    private static Function Plus(int n) => Function.Trace(x => [x[0] + n], ("x", TensorType.F64()));

    [Property]
    public bool Those_asked_for_last_are_remembered_and_no_others(byte[] asked)
    {
        const int capacity = 4;
        var programs = new CompiledPrograms(capacity);
        List<int> remembered = [];
        foreach (var n in asked.Select(b => b % 7))
        {
            var isNew = false;
            programs.Get(Plus(n), default, () =>
            {
                isNew = true;
                return Reference.Compile(Plus(n));
            });
            if (isNew != !remembered.Remove(n)) return false;
            remembered.Add(n);
            if (remembered.Count > capacity) remembered.RemoveAt(0);
            if (programs.Count != remembered.Count) return false;
        }
        return true;
    }

    [Fact]
    public void A_program_is_another_with_other_inputs_donated()
    {
        var programs = new CompiledPrograms();
        IExecutable Get(ValueArray<int> donated) => programs.Get(Plus(1), donated, () => new Reference().Compile(Plus(1)));
        Assert.Same(Get([0]), Get([0]));
        Assert.NotSame(Get([]), Get([0]));
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("reference")]
    public void What_was_forgotten_is_let_go(string backend)
    {
        var interpreter = Backends.Open(backend).Match(i => i, e => throw new InvalidOperationException(e.Message));
        var first = Compiled(interpreter);
        for (var n = 1; n <= CompiledPrograms.Usual; n++) interpreter.Compile(Plus(n));
        GC.Collect();
        Assert.False(first.TryGetTarget(out _));
        GC.KeepAlive(interpreter);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<IExecutable> Compiled(IInterpreter interpreter) => new(interpreter.Compile(Plus(0)));
}
