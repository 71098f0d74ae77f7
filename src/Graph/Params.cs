using System.Collections;
using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// The parameters of a model by path (<c>conv1/weight</c>), in ordinal order of the paths: expressions while building, tensors while running. A functor.
/// </summary>
public sealed class Params<T> : IReadOnlyList<KeyValuePair<string, T>>
{
    private readonly ImmutableSortedDictionary<string, T> values;

    private Params(ImmutableSortedDictionary<string, T> values) => this.values = values;

    /// <summary>No parameters.</summary>
    public static Params<T> Empty { get; } = new(ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal));

    /// <summary>The given parameters.</summary>
    /// <exception cref="ArgumentException">A path stands twice.</exception>
    public static Params<T> Of(IEnumerable<KeyValuePair<string, T>> items) => new(Empty.values.AddRange(items));

    /// <summary>How many there are.</summary>
    public int Count => values.Count;

    /// <summary>The paths, in order.</summary>
    public IEnumerable<string> Paths => values.Keys;

    /// <summary>The values, in order of their paths.</summary>
    public IEnumerable<T> Values => values.Values;

    /// <summary>The parameter at a path.</summary>
    /// <exception cref="KeyNotFoundException">There is none: the message names those there are.</exception>
    public T this[string path] => values.TryGetValue(path, out var value) ? value
        : throw new KeyNotFoundException($"there is no parameter '{path}': the paths are {string.Join(", ", Paths)}");

    KeyValuePair<string, T> IReadOnlyList<KeyValuePair<string, T>>.this[int index] => values.ElementAt(index);

    /// <summary>Whether there is a parameter at a path.</summary>
    public bool Contains(string path) => values.ContainsKey(path);

    /// <summary>With a parameter put at a path.</summary>
    public Params<T> With(string path, T value) => new(values.SetItem(path, value));

    /// <summary>These and those.</summary>
    /// <exception cref="ArgumentException">A path stands in both.</exception>
    public Params<T> Union(Params<T> other) => new(values.AddRange(other.values));

    /// <summary>The parameters that a predicate picks.</summary>
    public Params<T> Where(Func<string, T, bool> predicate) => Of(values.Where(kv => predicate(kv.Key, kv.Value)));

    /// <summary>Each value mapped.</summary>
    public Params<TResult> Map<TResult>(Func<T, TResult> f) => Map((_, value) => f(value));

    /// <summary>Each value mapped, given its path.</summary>
    public Params<TResult> Map<TResult>(Func<string, T, TResult> f) => Params<TResult>.Of(values.Select(kv => KeyValuePair.Create(kv.Key, f(kv.Key, kv.Value))));

    /// <summary>Two with the same paths combined, path by path.</summary>
    /// <exception cref="ArgumentException">The paths differ.</exception>
    public Params<TResult> Zip<TOther, TResult>(Params<TOther> other, Func<T, TOther, TResult> f)
    {
        var missing = Paths.Except(other.Paths).Concat(other.Paths.Except(Paths)).ToList();
        return missing.Count == 0
            ? Map((path, value) => f(value, other[path]))
            : throw new ArgumentException($"the parameters' paths differ: {string.Join(", ", missing)} are in one only");
    }

    /// <summary>The same paths with other values, in order.</summary>
    public Params<TResult> Like<TResult>(IEnumerable<TResult> others) => Params<TResult>.Of(Paths.Zip(others, KeyValuePair.Create));

    /// <summary>The paths with their values, in order.</summary>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Path and value, a line each.</summary>
    public override string ToString() => string.Join("\n", values.Select(kv => $"{kv.Key}: {kv.Value}"));
}
