using System.Collections.Immutable;
using System.Reflection;

namespace Functional;

/// <summary>How values of one type are written and read. An op is written by the codecs of what its record declares.</summary>
internal sealed record Codec(string Name, Action<GraphWriter, object> Write, Func<GraphReader, object> Read)
{
    private static readonly ImmutableDictionary<Type, Codec> plain = new[]
    {
        Of("bool", (w, x) => w.To.Byte(x ? (byte)1 : (byte)0), r => r.From.Byte() switch { 0 => false, 1 => true, var other => throw new InvalidDataException($"has {other} for a truth value") }),
        Of("int", (w, x) => w.To.Signed(x), r => r.From.Int()),
        Of("long", (w, x) => w.To.Signed(x), r => r.From.Signed()),
        Of("double", (w, x) => w.To.Double(x), r => r.From.Double()),
        Of("text", (w, x) => w.To.Text(x), r => r.From.Text()),
        Of("shape", (w, x) => Ints(w, x.Span), r => Shape.Of(Ints(r))),
        Of("axes", (w, x) => Ints(w, x.Span), r => Axes.Of(Ints(r))),
        Of("checkpoint policy", (w, x) => w.To.Text(x.ToString()), r => r.From.Text() is var name && CheckpointPolicy.Named(name) is { } policy ? policy : throw new InvalidDataException($"has the checkpoint policy '{name}', which this version does not know")),
        Of("literal", LiteralBytes.Write, LiteralBytes.Read),
        Of("node", (w, x) => w.Node(x), r => r.Node()),
        Of("function", (w, x) => w.Function(x), r => r.Function()),
    }.ToImmutableDictionary(c => c.Type, c => c.Codec);

    /// <summary>The codec of a type; null where there is none, and one must be added here.</summary>
    public static Codec? Of(Type type) =>
        plain.TryGetValue(type, out var codec) ? codec
        : type.IsEnum ? OfEnum(type)
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueArray<>) ? Of(type.GetGenericArguments()[0]) is { } of ? OfArray(type.GetGenericArguments()[0], of) : null
        : type.IsValueType && Fields.Of(type) is { } fields ? new(fields.Signature, fields.Write, fields.Read)
        : null;

    private static (Type Type, Codec Codec) Of<T>(string name, Action<GraphWriter, T> write, Func<GraphReader, T> read) where T : notnull =>
        (typeof(T), new(name, (w, x) => write(w, (T)x), r => read(r)));

    private static Codec OfEnum(Type type) => new(
        type.Name,
        (w, x) => w.To.Unsigned(System.Convert.ToUInt64(x)),
        r => r.From.Unsigned() is <= byte.MaxValue and var number && Enum.ToObject(type, number) is var x && Enum.IsDefined(type, x) ? x
            : throw new InvalidDataException($"has no {type.Name} that this version knows"));

    private static Codec OfArray(Type type, Codec of) =>
        (Codec)typeof(Codec).GetMethod(nameof(OfArrayOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, [of])!;

    private static Codec OfArrayOf<T>(Codec of) => new(
        $"{of.Name}*",
        (w, x) =>
        {
            var items = (ValueArray<T>)x;
            w.To.Count(items.Count);
            foreach (var item in items) of.Write(w, item!);
        },
        r =>
        {
            var items = ImmutableArray.CreateBuilder<T>(r.From.Count());
            while (items.Count < items.Capacity) items.Add((T)of.Read(r));
            return new ValueArray<T>(items.MoveToImmutable());
        });

    private static void Ints(GraphWriter w, ReadOnlySpan<int> numbers)
    {
        w.To.Count(numbers.Length);
        foreach (var number in numbers) w.To.Signed(number);
    }

    private static int[] Ints(GraphReader r)
    {
        var numbers = new int[r.From.Count()];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = r.From.Int();
        return numbers;
    }
}
