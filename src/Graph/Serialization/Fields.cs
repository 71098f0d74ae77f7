using System.Collections.Immutable;
using System.Reflection;

namespace Functional;

/// <summary>
/// A parameter that a record has got since functions were first written: it is last and has a default value, and is written only where it is not that,
/// so that what had no such parameter is read, and written, as it was.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class LaterAttribute : System.Attribute;

/// <summary>A record by the parameters of its constructor, each of which is a property: what is written of an op, and of a part of an attribute.</summary>
internal sealed class Fields
{
    private readonly ConstructorInvoker make;
    private readonly ImmutableArray<(MethodInvoker Get, Codec Codec)> fields;
    private readonly ImmutableArray<(MethodInvoker Get, object Default)> omitted;

    private Fields(Type type, string name, ConstructorInfo constructor, ImmutableArray<(PropertyInfo Property, Codec Codec)> fields, ImmutableArray<(PropertyInfo Property, object Default)> omitted)
    {
        make = ConstructorInvoker.Create(constructor);
        this.fields = [.. fields.Select(f => (MethodInvoker.Create(f.Property.GetMethod!), f.Codec))];
        this.omitted = [.. omitted.Select(f => (MethodInvoker.Create(f.Property.GetMethod!), f.Default))];
        Type = type;
        Signature = $"{name}({string.Join(", ", fields.Select(f => $"{f.Property.Name}: {f.Codec.Name}"))})";
    }

    public Type Type { get; }

    /// <summary>The name and the fields with their codecs, <c>Reshape(X: node, Shape: shape)</c>: a file says by it what it holds.</summary>
    public string Signature { get; }

    /// <summary>The fields of a record; null where it has one that no codec knows.</summary>
    /// <param name="type">The type of the record.</param>
    /// <param name="isEarlier">Whether without those that came later.</param>
    public static Fields? Of(Type type, bool isEarlier = false)
    {
        var constructor = type.GetConstructors().Single(c => c.GetParameters().Length > 0 || type.GetConstructors().Length == 1);
        var parameters = constructor.GetParameters().ToLookup(p => isEarlier && p.IsDefined(typeof(LaterAttribute)));
        var fields = parameters[false].Select(p => (Property: type.GetProperty(p.Name!), Codec: Codec.Of(p.ParameterType))).ToList();
        return fields.TrueForAll(f => f is { Property: not null, Codec: not null })
            ? new(type, NameOf(type), constructor, [.. fields.Select(f => (f.Property!, f.Codec!))], [.. parameters[true].Select(p => (type.GetProperty(p.Name!)!, p.DefaultValue!))])
            : null;
    }

    /// <summary>Whether these fields say all of a record: what they leave out has its default value.</summary>
    public bool Suffice(object value) => omitted.All(f => f.Default.Equals(f.Get.Invoke(value)));

    public void Write(GraphWriter to, object value)
    {
        foreach (var (get, codec) in fields) codec.Write(to, get.Invoke(value)!);
    }

    public object Read(GraphReader from)
    {
        var values = new object[fields.Length + omitted.Length];
        for (var i = 0; i < values.Length; i++) values[i] = i < fields.Length ? fields[i].Codec.Read(from) : omitted[i - fields.Length].Default;
        return make.Invoke(values.AsSpan()!);
    }

    private static string NameOf(Type type) => type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`')]}<{type.GetGenericArguments()[0].Name}>" : type.Name;
}
