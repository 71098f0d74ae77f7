using System.Collections.Immutable;
using Functional.Interpreter;
using static Functional.Prelude;

namespace Functional.Testing;

/// <summary>Transformations that keep what a program computes, bit for bit.</summary>
internal static class ProgramLaw
{
    public static IEnumerable<Finding> DifferentiatingKeepsTheValue(Trial t)
    {
        const string law = "differentiating keeps the value";
        if (!t.Differentiable) return [];
        var expected = t.Floating.Select(k => t.Run(t.Function)[k]).ToImmutableArray();
        var names = t.Floating.Select(k => t.Outputs[k]).ToImmutableArray();
        return Same(t, law, "forward mode's", names, expected, t.Run(Derivatives.Forward(t.Function), t.Directions))
            .Concat(Same(t, law, "reverse mode's", names, expected, t.Run(Derivatives.Reverse(t.Function), t.Cotangents)));
    }

    public static IEnumerable<Finding> Simplifying(Trial t)
    {
        const string law = "simplifying keeps every bit and never grows a program";
        var simple = Simplify.Of(t.Function);
        return Same(t, law, "the simplified", t.Outputs, t.Run(t.Function), t.Run(simple))
            .Append(Growth(t, law, simple)).Append(Alike(t, law, "simplifying again", simple, Simplify.Of(simple)));
    }

    public static IEnumerable<Finding> Sharing(Trial t)
    {
        const string law = "sharing keeps every bit and the hash, and never grows a program";
        var shared = new Function(t.Function.Parameters, Share.Of(t.Function.Results));
        return Same(t, law, "the shared", t.Outputs, t.Run(t.Function), t.Run(shared)).Append(Growth(t, law, shared)).Append(Alike(t, law, "sharing", t.Function, shared));
    }

    public static IEnumerable<Finding> Calling(Trial t)
    {
        const string law = "a call is its body";
        ImmutableArray<Expr> args = [.. t.Function.Parameters.Select(p => variable(p.Label, p.Type))];
        return Same(t, law, "the called", t.Outputs, t.Run(t.Function), t.Run(new(args, call(t.Function, args.AsSpan()))))
            .Concat(Same(t, law, "the inlined", t.Outputs, t.Run(t.Function), t.Run(new(args, t.Function.Inline(args)))));
    }

    public static IEnumerable<Finding> Renaming(Trial t)
    {
        ImmutableArray<Expr> others = [.. t.Function.Parameters.Select((x, i) => variable($"renamed{i}", x.Type))];
        return [Alike(t, "renaming keeps the hash", "renaming", t.Function, new(others, t.Function.Inline(others)))];
    }

    private static IEnumerable<Finding> Same(Trial t, string law, string whose, ImmutableArray<string> names, ImmutableArray<Tensor> expected, ImmutableArray<Tensor> actual) =>
        names.Select((name, k) =>
        {
            if (expected[k].Type != actual[k].Type) return t.Compare(law, $"{whose} {name} has type {actual[k].Type} for {expected[k].Type}: its rank", expected[k].Shape.Rank, double.NaN, 0);
            if (expected[k].Equals(actual[k])) return t.Compare(law, $"{whose} {name}", 0, 0, 0);
            var size = expected[k].DType.Size;
            var at = Enumerable.Range(0, (int)expected[k].Shape.Size).First(i => !expected[k].Bytes.Slice(i * size, size).SequenceEqual(actual[k].Bytes.Slice(i * size, size)));
            var (e, a) = (expected[k][at], actual[k][at]);
            return t.Compare(law, $"{whose} {Leaves.Element(name, expected[k].Shape, at)}", e.Equals(a) ? double.NaN : e, e.Equals(a) ? 0 : a, 0, e.Equals(a) ? $"both are {e}, with other bits" : null);
        });

    private static Finding Growth(Trial t, string law, Function after) =>
        t.Compare(law, "the number of nodes added", 0, Math.Max(0, after.Nodes.Length - t.Function.Nodes.Length), 0);

    private static Finding Alike(Trial t, string law, string what, Function before, Function after) =>
        t.Compare(law, $"the number of hashes that {what} changes", 0, before.Hash == after.Hash ? 0 : 1, 0);
}
