using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>What an optimiser gives for a step: the updates to add to the weights, and its new state.</summary>
public readonly record struct Updates(Params<Expr> Deltas, Params<Expr> State);

/// <summary>
/// A gradient transformation (Optax): initial state from the weights' types, and updates from gradients, state, weights and the step's number
/// (a scalar f32, 0 first). They compose with <c>&gt;&gt;</c>.
/// </summary>
public sealed record Optimizer(Func<Params<TensorType>, Params<Expr>> Init, Func<Params<Expr>, Params<Expr>, Params<Expr>, Expr, Updates> Update)
{
    /// <summary>First one, then the other; their states stand under <c>a/</c> and <c>b/</c>.</summary>
    public static Optimizer operator >>(Optimizer a, Optimizer b) => new(
        w => Under("a/", a.Init(w)).Union(Under("b/", b.Init(w))),
        (g, s, w, t) =>
        {
            var first = a.Update(g, Within("a/", s), w, t);
            var then = b.Update(first.Deltas, Within("b/", s), w, t);
            return new(then.Deltas, Under("a/", first.State).Union(Under("b/", then.State)));
        });

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
