using System.Runtime.CompilerServices;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Tests that count what the garbage collector finds, and so run beside no others.</summary>
[CollectionDefinition(nameof(AloneWithTheCollector), DisableParallelization = true)]
public class AloneWithTheCollector;

/// <summary>Memory of results is used again when, and only when, nothing refers to it.</summary>
[Collection(nameof(AloneWithTheCollector))]
public class HostMemoryTests
{
    private const int Length = 20_000;
    private const int Bytes = Length * sizeof(float);

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Lend(HostMemory memory, int times)
    {
        for (var i = 0; i < times; i++) memory.Obtain(Bytes);
    }

    [Fact]
    public void What_nothing_refers_to_is_lent_again()
    {
        var memory = new HostMemory();
        Lend(memory, 8);
        Collect();
        Assert.Equal(0, memory.Lent);
        Assert.InRange(memory.Idle, 8 * Bytes, 9 * Bytes);
        Lend(memory, 8);
        Assert.Equal(0, memory.Idle);
    }

    [Fact]
    public void Garbage_is_looked_for_by_itself()
    {
        var memory = new HostMemory();
        Lend(memory, 4_000); // 320 MB
        Assert.InRange(memory.Lent + memory.Idle, 1, 160 << 20); // half of all: finalizers are not waited for without end
    }

    [Fact]
    public void What_is_not_needed_any_longer_is_let_go()
    {
        var memory = new HostMemory();
        Lend(memory, 8);
        Collect();
        for (var i = 0; i < 4; i++) Collect();
        Assert.Equal(0, memory.Idle);
    }

    [Fact]
    public void A_held_result_keeps_its_values_while_others_come_and_go()
    {
        var program = new Cpu(2).Compile(x => x + 1);
        var held = Enumerable.Range(0, 40).Select(i => program(Full(i))).ToList();
        for (var i = 0; i < 1_000; i++) program(Full(-i));
        for (var i = 0; i < held.Count; i++) Assert.All(held[i].ToArray<float>(), v => Assert.Equal(i + 1, v));
    }

    [Fact]
    public void A_part_keeps_the_whole_from_being_lent_again()
    {
        var memory = new HostMemory();
        var part = PartOf(memory);
        Collect();
        Assert.Equal(0, memory.Idle);
        GC.KeepAlive(part);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static HostStorage PartOf(HostMemory memory) => memory.Obtain(Bytes).Part(64, 128);

    [Fact]
    public void A_span_keeps_its_values_when_its_tensor_is_gone()
    {
        var program = new Cpu(2).Compile(x => x + 1);
        var span = SpanOf(program);
        Collect();
        for (var i = 0; i < 1_000; i++) program(Full(-i));
        foreach (var v in span) Assert.Equal(8, v);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ReadOnlySpan<float> SpanOf(Func<Tensor, Tensor> program) => program(Full(7)).Span<float>();

    [Fact]
    public void What_is_deleted_is_lent_again_at_once()
    {
        var cpu = new Cpu(2);
        var program = cpu.Compile(x => x + 1);
        var (first, other) = (program(Full(1)), program(Full(2)));
        var view = first.Reshape(Shape.Of([Length / 2, 2]));
        first.Delete();
        Assert.Throws<InvalidOperationException>(() => first.Bytes.Length);
        Assert.Equal(0, cpu.Memory.Idle);
        Assert.Equal(2, view[0]);
        view.Delete();
        Assert.InRange(cpu.Memory.Idle, Bytes, 2 * Bytes);
        var again = program(Full(3));
        Assert.Equal(0, cpu.Memory.Idle);
        Assert.Equal((4, 3), (again[0], other[0]));
    }

    private static Tensor Full(float value) => Tensor.Full(TensorType.F32(Length), value);

    [Fact]
    public void Bits_do_not_change_when_memory_is_used_again()
    {
        var program = new Cpu(2).Compile(x => sum(exp(x) * x, 0));
        var first = program(Full(0.5f)).Value;
        for (var i = 0; i < 300; i++) Assert.Equal(first, program(Full(0.5f)).Value);
    }
}
