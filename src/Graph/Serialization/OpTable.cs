using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// All ops by type and by signature, found once in this assembly: those that are records of their own, and of each family one for each
/// function. An op is written field by field, so a new one needs nothing here, unless a field is of a type without a <see cref="Codec"/>; a new
/// field of an op is <see cref="LaterAttribute"/>.
/// </summary>
internal static class OpTable
{
    /// <summary>The types of all ops.</summary>
    public static ImmutableArray<Type> Types { get; } = [.. typeof(Op).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract)
        .SelectMany(t => t.IsGenericTypeDefinition ? Members(t) : [t])
        .OrderBy(t => t.ToString(), StringComparer.Ordinal)];

    public static ImmutableDictionary<Type, Fields> ByType { get; } =
        Types.Select(t => Fields.Of(t)).Where(f => f is not null).ToImmutableDictionary(f => f!.Type, f => f!);

    /// <summary>The ops that have got fields later, by what they were before.</summary>
    private static ImmutableDictionary<Type, Fields> Earlier { get; } =
        ByType.Values.Select(f => Fields.Of(f.Type, isEarlier: true)!).Where(f => f.Signature != ByType[f.Type].Signature).ToImmutableDictionary(f => f.Type);

    public static ImmutableDictionary<string, Fields> BySignature { get; } = ByType.Values.Concat(Earlier.Values).ToImmutableDictionary(f => f.Signature, StringComparer.Ordinal);

    /// <summary>How an op is written.</summary>
    /// <exception cref="NotSupportedException">It declares something of a type that no codec writes.</exception>
    public static Fields Of(Op op) => Earlier.TryGetValue(op.GetType(), out var earlier) && earlier.Suffice(op) ? earlier
        : ByType.TryGetValue(op.GetType(), out var fields) ? fields
        : throw new NotSupportedException($"{op.GetType().Name} declares something of a type that cannot be written: add a codec of it to {nameof(Codec)}");

    private static IEnumerable<Type> Members(Type family)
    {
        var constraints = family.GetGenericArguments()[0].GetGenericParameterConstraints().Where(c => c.IsInterface).ToList();
        return typeof(Functions).GetNestedTypes().Where(f => constraints.TrueForAll(c => c.IsAssignableFrom(f))).Select(f => family.MakeGenericType(f));
    }
}
