namespace Functional.Interpreter;

/// <summary>The definition of what a graph means.</summary>
public sealed class Reference : IInterpreter
{
    /// <summary>The reference interpreter.</summary>
    public static Reference Default { get; } = new();

    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public IExecutable Compile(Function program, ValueArray<int> donated = default) => throw new NotSupportedException("no op is interpreted yet");
}
