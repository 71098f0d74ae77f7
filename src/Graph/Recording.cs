using System.Diagnostics;
using System.Reflection;

namespace Functional;

/// <summary>
/// The lines on which nodes are built, while somebody asks for them. To look at the stack takes microseconds, so it is not done otherwise.
/// The one thing here of dynamic scope: whether the thread records is set by <c>traced</c> and put back when it ends, and nothing that a
/// graph computes depends on it.
/// </summary>
internal static class Recording
{
    [ThreadStatic]
    private static Dictionary<(MethodBase Method, int Offset), object?>? lines;

    /// <summary>The value of a function, the lines of the nodes that it builds recorded.</summary>
    public static T Of<T>(Func<T> build)
    {
        var outer = lines;
        lines = outer ?? [];
        try
        {
            return build();
        }
        finally
        {
            lines = outer;
        }
    }

    /// <summary>The innermost line on the stack that is not this library's own, boxed; null where lines are not recorded.</summary>
    public static object? Line() => lines is null ? null : Find(lines);

    private static object? Find(Dictionary<(MethodBase, int), object?> known)
    {
        var depth = 0;
        foreach (var frame in new StackTrace(0, fNeedFileInfo: false).GetFrames())
        {
            if (frame.GetMethod() is { } method && !SourceLocation.IsOwn(method))
            {
                var key = (method, frame.GetILOffset());
                if (!known.TryGetValue(key, out var line))
                {
                    var located = new StackFrame(depth, needFileInfo: true);
                    known[key] = line = located.GetFileName() is { } file ? new SourceLocation(file, located.GetFileLineNumber()) : null;
                }
                if (line is not null) return line;
            }
            depth++;
        }
        return null;
    }
}

public static partial class Prelude
{
    /// <summary>
    /// What a function builds, with the line of the program on which each node was built: errors of <c>checkNumerics</c> and <c>why</c> name
    /// it. For looking into a program; it takes some microseconds a node.
    /// </summary>
    public static T traced<T>(Func<T> build) => Recording.Of(build);
}
