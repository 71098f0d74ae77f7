using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// Sums that need not be made step by step. A scan that carries Σₜ aₜ·bₜ, as the adjoint of a loop does for its weights, stacks aₜ and bₜ and leaves
/// one product, over the steps too, where these are smaller than what it carried. A sum of pieces padded to disjoint parts of an axis is their
/// concatenation, but for the signs of zeros. Values stay the same in real arithmetic.
/// </summary>
public static class Accumulations
{
    private const int MostPieces = 16;

    /// <summary>The roots with such sums made at once.</summary>
    public static ImmutableArray<Expr> Of(ImmutableArray<Expr> roots)
    {
        roots = Fold.Rewrite(roots, x => x.Op is NumberBinary<Functions.Add> ? Joined(x) ?? x : x);
        return new Walk(roots).Replaced((_, image) => image.Op is Scan scan ? Apart(scan) ?? default : default) ?? roots;
    }

    private static Expr? Joined(Expr sum)
    {
        var (pieces, stack) = (new List<Pad>(), new Stack<Expr>([sum]));
        while (stack.TryPop(out var x))
            if (x.Op is NumberBinary<Functions.Add> add && stack.Count < MostPieces)
            {
                stack.Push(add.Y);
                stack.Push(add.X);
            }
            else if (x.Op is Pad pad && pieces.Count < MostPieces && pad.Dims.Count(d => d != default) == 1) pieces.Add(pad);
            else return null;
        var axis = Array.FindIndex([.. pieces[0].Dims], d => d != default);
        pieces.Sort((a, b) => a.Dims[axis].Low.CompareTo(b.Dims[axis].Low));
        var at = 0;
        foreach (var piece in pieces)
        {
            var dim = piece.Dims[axis];
            if (dim.Low != at || dim.High < 0 || dim.Interior > 0) return null;
            at += piece.X.Shape[axis];
        }
        return at == sum.Shape[axis] ? concat(axis, [.. pieces.Select(p => p.X)]) : null;
    }

    /// <summary>A carry that a step adds a product to and does nothing else with.</summary>
    private readonly record struct Accumulated(int Carry, Dot Product);

    private static ImmutableArray<Expr?>? Apart(Scan scan)
    {
        var (k, x, body) = (scan.Constants, scan.Constants + scan.Carries, scan.Body);
        if (scan.Length < 2) return null;
        var nodes = body.Nodes;
        var users = nodes.SelectMany(n => n.Inputs).Concat(body.Results).CountBy(n => n).ToDictionary();
        var varying = body.Parameters[k..].ToHashSet();
        foreach (var node in nodes)
            if (node.Inputs.Any(varying.Contains)) varying.Add(node);
        ImmutableArray<Accumulated> sums = [.. Enumerable.Range(0, scan.Carries).Select(Sum).OfType<Accumulated>()];
        if (sums.IsEmpty) return null;

        var kept = Enumerable.Range(0, scan.Carries).Where(c => sums.All(s => s.Carry != c)).ToImmutableArray();
        var outputs = body.Results[scan.Carries..].ToList();
        foreach (var operand in sums.SelectMany(s => new[] { s.Product.X, s.Product.Y }))
            if (Stacked(operand) < 0 && !outputs.Contains(operand)) outputs.Add(operand);
        ImmutableArray<int> taken = [.. Enumerable.Range(0, k), .. kept.Select(c => k + c), .. Enumerable.Range(x, scan.Args.Count - x)];
        var all = results(Expr.Of(scan with
        {
            Body = new(body.Parameters.Pick(taken), [.. kept.Select(c => body.Results[c]), .. outputs]),
            Carries = kept.Length,
            Args = scan.Args.Items.Pick(taken),
        }));
        var replaced = new Expr?[body.Results.Length];
        for (var i = 0; i < kept.Length; i++) replaced[kept[i]] = all[i];
        for (var i = scan.Carries; i < replaced.Length; i++) replaced[i] = all[kept.Length + i - scan.Carries];
        foreach (var (carry, product) in sums)
        {
            var sum = dot(All(product.X), All(product.Y), product.BatchX.Map(a => a + 1), product.BatchY.Map(a => a + 1), WithSteps(product.ContractX), WithSteps(product.ContractY));
            replaced[carry] = scan.Args[k + carry] is { Op: Broadcast { X.Op: Constant { Value.Uniform: 0 } } } ? sum : scan.Args[k + carry] + sum;
        }
        return [.. replaced];

        int Stacked(Expr operand) => body.Parameters.IndexOf(operand) is var i && i >= x ? i : -1;

        Expr All(Expr operand) => Stacked(operand) is >= 0 and var i ? scan.Args[i] : all[kept.Length + outputs.IndexOf(operand)];

        static Axes WithSteps(Axes contracted) => Axes.Of([0]).Concat(contracted.Map(a => a + 1));

        Accumulated? Sum(int c)
        {
            var (carry, result) = (body.Parameters[k + c], body.Results[c]);
            if (result.Op is not NumberBinary<Functions.Add> add || users.GetValueOrDefault(carry) != 1 || users[result] != 1) return null;
            if ((add.X == carry ? add.Y : add.Y == carry ? add.X : null)?.Op is not Dot product) return null;
            ImmutableArray<Expr> operands = [product.X, product.Y];
            var bytes = operands.Where(o => Stacked(o) < 0 && !body.Results[scan.Carries..].Contains(o)).Sum(o => o.Type.Bytes);
            return operands.All(varying.Contains) && bytes < result.Type.Bytes ? new(c, product) : null;
        }
    }
}
