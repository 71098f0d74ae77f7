using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional;

/// <summary>
/// What the derivative of a step of a <see cref="Scan"/> reads of the step: what is the same in each step is computed outside, the rest the forward
/// loop stacks, and the loop of the derivatives takes it as inputs.
/// </summary>
internal sealed class StepResiduals
{
    private readonly Scan scan;
    private readonly ImmutableArray<Expr> body;
    private readonly ImmutableArray<Expr> captured;
    private readonly ImmutableArray<Expr> names;
    private readonly ImmutableArray<int> constant;
    private readonly ImmutableArray<int> stacked;
    private readonly Dictionary<Expr, int> slices = [];
    private readonly Dictionary<Expr, int> outputs = [];

    /// <summary>The residuals of a step.</summary>
    /// <param name="scan">The loop.</param>
    /// <param name="body">The results of a step: carries, then outputs.</param>
    /// <param name="captured">The nodes of the step that the derivative reads.</param>
    public StepResiduals(Scan scan, ImmutableArray<Expr> body, ImmutableArray<Expr> captured)
    {
        (this.scan, this.body, this.captured) = (scan, body, captured);
        names = Closure.Names(captured, "r");
        var varying = scan.Body.Parameters[scan.Constants..].ToHashSet();
        foreach (var node in Fold.PostOrder(body.AddRange(captured)))
            if (node.Inputs.Any(varying.Contains)) varying.Add(node);
        (constant, stacked) = (captured.Places(c => !varying.Contains(c)), captured.Places(varying.Contains));
        for (var i = scan.Constants + scan.Carries; i < scan.Args.Count; i++) slices[scan.Body.Parameters[i]] = i;
        for (var i = scan.Carries; i < body.Length; i++) outputs.TryAdd(body[i], i);
        Missing = [.. captured.Pick(stacked).Where(c => !slices.ContainsKey(c) && !outputs.ContainsKey(c))];
        for (var i = 0; i < Missing.Length; i++) outputs[Missing[i]] = body.Length + i;
    }

    /// <summary>
    /// What a derivative reads of a step, without the elementwise values that it can as well compute itself: those that only differentiation made,
    /// of what takes no more memory than they.
    /// </summary>
    public static ImmutableArray<Expr> Fewer(Scan scan, ImmutableArray<Expr> body, ImmutableArray<Expr> captured)
    {
        var (own, stacked, kept) = (Fold.PostOrder(body).ToHashSet(), scan.Constants + scan.Carries, captured.ToHashSet());
        var free = scan.Body.Parameters.Where((_, i) => i < scan.Constants || i >= stacked).Concat(body.Skip(scan.Carries)).ToHashSet();
        foreach (var value in captured)
        {
            if (own.Contains(value) || value.Op is not Elementwise) continue;
            var (from, stack) = (new HashSet<Expr>(), new Stack<Expr>(value.Inputs));
            while (stack.TryPop(out var x))
                if (!own.Contains(x) && x.Op is Elementwise or Broadcast or Reshape)
                    foreach (var y in x.Inputs) stack.Push(y);
                else if (x.Op is not Leaf or Variable) from.Add(x);
            if (from.Where(x => !kept.Contains(x) && !free.Contains(x)).Sum(x => x.Type.Bytes) > value.Type.Bytes) continue;
            kept.Remove(value);
            kept.UnionWith(from);
        }
        return [.. Fold.PostOrder(kept.ToImmutableArray()).Where(kept.Contains)];
    }

    /// <summary>The residuals that the loop does not stack yet.</summary>
    public ImmutableArray<Expr> Missing { get; }

    /// <summary>The parameters of the derivative's step for residuals that are the same in each.</summary>
    public ImmutableArray<Expr> Constants => names.Pick(constant);

    /// <summary>The arguments for <see cref="Constants"/>.</summary>
    public ImmutableArray<Expr> ConstantArgs => Fold.Substitute(
        captured.Pick(constant), scan.Body.Parameters[..scan.Constants].Zip(scan.Args.Items, KeyValuePair.Create).ToDictionary());

    /// <summary>The parameters of the derivative's step for residuals of each step.</summary>
    public ImmutableArray<Expr> Stacked => names.Pick(stacked);

    /// <summary>The arguments for <see cref="Stacked"/>.</summary>
    /// <param name="forward">The results of the loop, then the missing residuals.</param>
    public ImmutableArray<Expr> StackedArgs(ImmutableArray<Expr> forward) =>
        [.. captured.Pick(stacked).Select(c => slices.TryGetValue(c, out var slice) ? scan.Args[slice] : forward[outputs[c]])];

    /// <summary>The results of the loop, then the missing residuals.</summary>
    public ImmutableArray<Expr> Forward() => results(Expr.Of(scan with { Body = new(scan.Body.Parameters, [.. body, .. Missing]) }));

    /// <summary>The derivative of a step in terms of the parameters for residuals.</summary>
    public ImmutableArray<Expr> Read(ImmutableArray<Expr> derivative) => Fold.Substitute(derivative, captured.Zip(names, KeyValuePair.Create).ToDictionary());
}
