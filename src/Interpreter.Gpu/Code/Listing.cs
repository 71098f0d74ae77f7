using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;

namespace Functional.Interpreter.Gpu.Code;

/// <summary>A kernel as text: a line for each statement, a name for each value that a statement shares.</summary>
internal sealed class Listing
{
    private readonly StringBuilder text = new();
    private readonly Dictionary<Local, string> variables = [];
    private readonly Dictionary<SharedArray, string> arrays = [];
    private int indent = 1;

    public static string Of(KernelCode code)
    {
        var listing = new Listing();
        listing.text.Append(code.Name).Append('(').AppendJoin(", ", code.Arguments.Select((t, i) => $"p{i}: {t.Text}")).Append(") by ").Append(code.Groups).Append(" × ").Append(code.Threads).AppendLine();
        foreach (var array in code.Shared)
        {
            listing.arrays[array] = $"s{listing.arrays.Count}";
            listing.Line($"shared {listing.arrays[array]}: {array.Type.Text}[{array.Length}]");
        }
        listing.Block(code.Body);
        return listing.text.ToString();
    }

    private void Line(string line) => text.Append(' ', 2 * indent).AppendLine(line);

    private void Block(ImmutableArray<Statement> body)
    {
        foreach (var statement in body) Add(statement);
    }

    private void Inner(ImmutableArray<Statement> body)
    {
        indent++;
        Block(body);
        indent--;
    }

    private void Add(Statement statement)
    {
        switch (statement)
        {
            case Assignment a:
                var value = Lines(a.Value)[0];
                Line($"{Name(a.Target)} = {value}");
                break;
            case Write w:
                var parts = Lines(w.Index, w.Value);
                Line($"{Name(w.Target)}[{parts[0]}] = {parts[1]}");
                break;
            case WideRead r:
                Line($"{string.Join(", ", r.Targets.Select(Name))} = {Name(r.Source)}[{Lines(r.Index)[0]}…]");
                break;
            case WideWrite w:
                var written = Lines([w.Index, .. w.Values]);
                Line($"{Name(w.Target)}[{written[0]}…] = {string.Join(", ", written[1..])}");
                break;
            case RunRead r:
                Line($"{string.Join(", ", r.Targets.Select(Name))} = {Name(r.Source)}[{Lines(r.Index)[0]}, …]");
                break;
            case CountedLoop loop:
                var bounds = Lines(loop.From, loop.Until, loop.Step);
                Line($"for {Name(loop.Counter)} from {bounds[0]} until {bounds[1]} by {bounds[2]}");
                Inner(loop.Body);
                break;
            case Conditional c:
                Line($"if {Lines(c.Condition)[0]}");
                Inner(c.Body);
                break;
            case MatrixMultiplyAccumulate m:
                var factors = Lines([.. m.Left, .. m.Right]);
                Line($"{string.Join(", ", m.Sums.Select(Name))} += {m.Numbers}({string.Join(", ", factors[..m.Left.Length])}; {string.Join(", ", factors[m.Left.Length..])})");
                break;
            default:
                Line("meet");
                break;
        }
    }

    private string Name(Local v)
    {
        if (!variables.TryGetValue(v, out var name)) variables[v] = name = $"v{variables.Count}";
        return name;
    }

    private string Name(Memory m) => m is Argument o ? $"p{o.Index}" : arrays[(SharedArray)m];

    /// <summary>The values of a statement as text; those that several read get a line of their own before.</summary>
    private string[] Lines(params ReadOnlySpan<Value> values)
    {
        var (shared, names) = (Sharing.Of(values), new Dictionary<Value, string>(ReferenceEqualityComparer.Instance));
        string Text(Value v)
        {
            if (names.TryGetValue(v, out var known)) return known;
            RuntimeHelpers.EnsureSufficientExecutionStack();
            var inputs = new string[v.Inputs.Length];
            for (var i = 0; i < inputs.Length; i++) inputs[i] = Text(v.Inputs[i]);
            var written = Written(v, inputs);
            if (!shared.Contains(v)) return written;
            Line($"t{names.Count} = {written}");
            return names[v] = $"t{names.Count}";
        }
        var texts = new string[values.Length];
        for (var i = 0; i < texts.Length; i++) texts[i] = Text(values[i]);
        return texts;
    }

    private string Written(Value v, string[] x) => v switch
    {
        Number n => $"{n.Bits}:{n.Type.Text}",
        Local variable => Name(variable),
        Place p => p.Kind.ToString().ToLowerInvariant(),
        UnaryValue u => $"{u.Kind}({x[0]})",
        BinaryValue b => $"{b.Kind}({x[0]}, {x[1]})",
        FusedMultiplyAdd => $"Fma({x[0]}, {x[1]}, {x[2]})",
        Selection => $"({x[0]} ? {x[1]} : {x[2]})",
        Conversion c => $"{c.Type.Text}({x[0]})",
        Reinterpretation r => $"bits {r.Type.Text}({x[0]})",
        Element e => $"{Name(e.Of)}[{x[0]}]",
        _ => throw new NotSupportedException($"{v.GetType().Name} has no text"),
    };
}

/// <summary>Which values of a statement are read more than once.</summary>
internal static class Sharing
{
    public static HashSet<Value> Of(ReadOnlySpan<Value> values)
    {
        var (seen, shared, stack) = (new HashSet<Value>(ReferenceEqualityComparer.Instance), new HashSet<Value>(ReferenceEqualityComparer.Instance), new Stack<Value>());
        foreach (var v in values) stack.Push(v);
        while (stack.TryPop(out var v))
        {
            if (v is Number or Local or Place) continue;
            if (!seen.Add(v)) shared.Add(v);
            else
                foreach (var x in v.Inputs) stack.Push(x);
        }
        return shared;
    }
}
