using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>What an optimiser gives for a step: the updates to add to the weights, and its new state.</summary>
public readonly record struct Updates(Params<Expr> Deltas, Params<Expr> State);

/// <summary>
/// One gradient transformation (Optax): initial state from the weights' types, and updates from gradients, state, weights and the step's number
/// (a scalar f32, 0 first).
/// </summary>
public sealed record Atom(Func<Params<TensorType>, Params<Expr>> Init, Func<Params<Expr>, Params<Expr>, Params<Expr>, Expr, Updates> Update);

/// <summary>A chain of gradient transformations. They compose with <c>&gt;&gt;</c>, which is associative and has <see cref="Identity"/>; the state of the n-th stands under <c>n/</c>.</summary>
public sealed class Optimizer
{
    private readonly ImmutableArray<Atom> atoms;

    private Optimizer(ImmutableArray<Atom> atoms) => this.atoms = atoms;

    /// <summary>A chain of one.</summary>
    public Optimizer(Func<Params<TensorType>, Params<Expr>> init, Func<Params<Expr>, Params<Expr>, Params<Expr>, Expr, Updates> update)
        : this([new(init, update)]) { }

    /// <summary>The optimiser whose updates are the gradients.</summary>
    public static Optimizer Identity { get; } = new([]);

    /// <summary>First one, then the other.</summary>
    public static Optimizer operator >>(Optimizer first, Optimizer then) => new([.. first.atoms, .. then.atoms]);

    /// <summary>The state before the first step.</summary>
    public Params<Expr> Init(Params<TensorType> weights) =>
        atoms.Select((atom, n) => Under($"{n}/", atom.Init(weights))).Aggregate(Params<Expr>.Empty, (all, s) => all.Union(s));

    /// <summary>What to add to the weights, and the state after the step.</summary>
    public Updates Update(Params<Expr> gradients, Params<Expr> state, Params<Expr> weights, Expr step)
    {
        var (deltas, next) = (gradients, Params<Expr>.Empty);
        for (var n = 0; n < atoms.Length; n++)
        {
            (deltas, var own) = atoms[n].Update(deltas, Within($"{n}/", state), weights, step);
            next = next.Union(Under($"{n}/", own));
        }
        return new(deltas, next);
    }

    private static Params<Expr> Under(string prefix, Params<Expr> p) => Params<Expr>.Of(p.Select(kv => KeyValuePair.Create(prefix + kv.Key, kv.Value)));

    private static Params<Expr> Within(string prefix, Params<Expr> p) =>
        Params<Expr>.Of(p.Where(kv => kv.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(kv => KeyValuePair.Create(kv.Key[prefix.Length..], kv.Value)));

    /// <summary>An optimiser without state.</summary>
    public static Optimizer Stateless(Func<Params<Expr>, Params<Expr>, Expr, Params<Expr>> update) =>
        new(_ => Params<Expr>.Empty, (g, s, w, t) => new(update(g, w, t), s));

    /// <summary>One zero tensor like each weight for each name.</summary>
    internal static Params<Expr> Slots(Params<TensorType> weights, params ReadOnlySpan<string> names)
    {
        var slots = Params<Expr>.Empty;
        foreach (var name in names) slots = slots.Union(Under(name + "/", weights.Map(zeros)));
        return slots;
    }

    /// <summary>The slots of one name.</summary>
    internal static Params<Expr> Slot(Params<Expr> state, string name) => Within(name + "/", state);

    /// <summary>Slots put together again.</summary>
    internal static Params<Expr> Slots(params ReadOnlySpan<(string Name, Params<Expr> Values)> slots)
    {
        var all = Params<Expr>.Empty;
        foreach (var (name, values) in slots) all = all.Union(Under(name + "/", values));
        return all;
    }
}
