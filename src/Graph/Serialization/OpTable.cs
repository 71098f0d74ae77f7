using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// All ops by type and by signature, found once in this assembly: those that are records of their own, and of each family one for each
/// function. An op is written field by field, so a new one needs nothing here, unless a field is of a type without a <see cref="Codec"/>.
/// </summary>
internal static class OpTable
{
    /// <summary>The types of all ops.</summary>
    public static ImmutableArray<Type> Types { get; } = [.. typeof(Op).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract)
        .SelectMany(t => t.IsGenericTypeDefinition ? Members(t) : [t])
        .OrderBy(t => t.ToString(), StringComparer.Ordinal)];

    public static ImmutableDictionary<Type, Fields> ByType { get; } =
        Types.Select(Fields.Of).Where(f => f is not null).ToImmutableDictionary(f => f!.Type, f => f!);

    public static ImmutableDictionary<string, Fields> BySignature { get; } = ByType.Values.ToImmutableDictionary(f => f.Signature, StringComparer.Ordinal);

    /// <summary>How an op of a type is written.</summary>
    /// <exception cref="NotSupportedException">It declares something of a type that no codec writes.</exception>
    public static Fields Of(Type op) => ByType.TryGetValue(op, out var fields) ? fields : throw new NotSupportedException(
        $"{op.Name} declares something of a type that cannot be written: add a codec of it to {nameof(Codec)}");

    private static IEnumerable<Type> Members(Type family)
    {
        var constraints = family.GetGenericArguments()[0].GetGenericParameterConstraints().Where(c => c.IsInterface).ToList();
        return typeof(Functions).GetNestedTypes().Where(f => constraints.TrueForAll(c => c.IsAssignableFrom(f))).Select(f => family.MakeGenericType(f));
    }
}
