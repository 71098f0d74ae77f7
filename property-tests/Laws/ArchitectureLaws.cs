using System.Reflection;
using Functional;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Interpreter.Gpu;
using Functional.Testing;
using Xunit;

namespace PropertyTests.Laws;

/// <summary>Arrows run downwards only.</summary>
public sealed class ArchitectureLaws
{
    private static IEnumerable<string> Own(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Functional", StringComparison.Ordinal)).Order();

    [Fact]
    public void Graph_stands_on_nothing() => Assert.Empty(Own(typeof(Expr).Assembly));

    [Fact]
    public void Interpreter_stands_on_graph() => Assert.Equal(["Functional.Graph"], Own(typeof(IInterpreter).Assembly));

    [Fact]
    public void Cpu_stands_on_interpreter() => Assert.Equal(["Functional.Graph", "Functional.Interpreter"], Own(typeof(Cpu).Assembly));

    [Fact]
    public void Gpu_stands_on_interpreter() => Assert.Equal(["Functional.Graph", "Functional.Interpreter"], Own(typeof(Gpu).Assembly));

    [Fact]
    public void Nn_names_no_concrete_interpreter() =>
        Assert.Equal(["Functional.Graph", "Functional.Interpreter"], Own(Assembly.Load("Functional.Nn")));

    [Fact]
    public void Testing_stands_on_graph_and_interpreter_and_no_test_framework()
    {
        Assert.Equal(["Functional.Graph", "Functional.Interpreter"], Own(typeof(RandomProgram).Assembly));
        Assert.DoesNotContain(typeof(RandomProgram).Assembly.GetReferencedAssemblies(), a => a.Name!.StartsWith("xunit", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Graph_knows_no_arrays_devices_or_files()
    {
        string[] forbidden = ["System.IO.FileSystem", "System.Threading", "System.Net.Http", "System.Console", "ILGPU"];
        Assert.Empty(typeof(Expr).Assembly.GetReferencedAssemblies().Select(a => a.Name!).Intersect(forbidden));
    }

    [Fact]
    public void Ops_are_immutable_values_closed_to_the_graph() => Assert.All(
        typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op))),
        t =>
        {
            Assert.True(t.IsAbstract || t.IsSealed, $"{t.Name} is neither abstract nor sealed");
            Assert.All(t.GetProperties(), p => Assert.True(
                p.SetMethod is null || p.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Any(m => m.Name == "IsExternalInit"), $"{t.Name}.{p.Name} can be set"));
        });
}
