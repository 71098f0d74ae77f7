using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection;

namespace Functional;

/// <summary>
/// An expression that cannot be: raised where it is built. It names the operation, the operands with their types, what does not fit,
/// and the file and line of the first caller outside this library.
/// </summary>
public sealed class ShapeError : Exception
{
    /// <summary>An error with one problem and no operands.</summary>
    public ShapeError(string operation, string problem) : this(operation, [], [problem]) { }

    /// <summary>An error with the operands it is about.</summary>
    public ShapeError(string operation, ImmutableArray<Operand> operands, ImmutableArray<string> problems)
    {
        (Operation, Operands, Problems) = (operation, operands, problems);
        Location = SourceLocation.OfCaller();
    }

    /// <summary>The operation that was asked for, <c>matmul</c>.</summary>
    public string Operation { get; }

    /// <summary>Its operands: name and type.</summary>
    public ImmutableArray<Operand> Operands { get; }

    /// <summary>What does not fit; several where several things do not.</summary>
    public ImmutableArray<string> Problems { get; }

    /// <summary>The line that asked for it, where the program has debug information.</summary>
    public SourceLocation? Location { get; }

    /// <summary>All of it: <c>dot(x: f32[2,3], w: f32[4,5]): ... (at Model.cs:12)</c>.</summary>
    public override string Message =>
        $"{Operation}({string.Join(", ", Operands)}): {string.Join("; ", Problems)}{(Location is { } at ? $" (at {at})" : "")}";

    /// <summary>The same problems under the operands' names as the caller wrote them.</summary>
    public ShapeError Rename(params ReadOnlySpan<string?> names)
    {
        var renamed = ImmutableArray.CreateBuilder<Operand>(Operands.Length);
        for (var i = 0; i < Operands.Length; i++)
            renamed.Add(i < names.Length && names[i] is { } name ? Operands[i] with { Name = name } : Operands[i]);
        return new(Operation, renamed.MoveToImmutable(), Problems);
    }
}

/// <summary>An operand as an error shows it.</summary>
public readonly record struct Operand(string Name, TensorType Type)
{
    /// <summary>Name and type, <c>x: f32[2,3]</c>.</summary>
    public override string ToString() => $"{Name}: {Type}";
}

/// <summary>A line of the user's program.</summary>
public readonly record struct SourceLocation(string File, int Line)
{
    /// <summary>File name and line.</summary>
    public override string ToString() => $"{Path.GetFileName(File)}:{Line}";

    /// <summary>The innermost line on the stack that is not this library's own.</summary>
    public static SourceLocation? OfCaller()
    {
        foreach (var frame in new StackTrace(2, fNeedFileInfo: true).GetFrames())
            if (frame.GetFileName() is { } file && !(frame.GetMethod() is { } method && IsOwn(method)))
                return new(file, frame.GetFileLineNumber());
        return null;
    }

    /// <summary>Whether a method is this library's own.</summary>
    internal static bool IsOwn(MethodBase method) => method.Module.Assembly.GetName().Name?.StartsWith("Functional.", StringComparison.Ordinal) == true;
}
