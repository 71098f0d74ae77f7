using System.Collections.Immutable;
using System.Reflection;

namespace Functional;

/// <summary>A record by the parameters of its constructor, each of which is a property: what is written of an op, and of a part of an attribute.</summary>
internal sealed class Fields
{
    private readonly ConstructorInvoker make;
    private readonly ImmutableArray<(MethodInvoker Get, Codec Codec)> fields;

    private Fields(Type type, string name, ConstructorInfo constructor, ImmutableArray<(PropertyInfo Property, Codec Codec)> fields)
    {
        make = ConstructorInvoker.Create(constructor);
        this.fields = [.. fields.Select(f => (MethodInvoker.Create(f.Property.GetMethod!), f.Codec))];
        Type = type;
        Signature = $"{name}({string.Join(", ", fields.Select(f => $"{f.Property.Name}: {f.Codec.Name}"))})";
    }

    public Type Type { get; }

    /// <summary>The name and the fields with their codecs, <c>Reshape(X: node, Shape: shape)</c>: a file says by it what it holds.</summary>
    public string Signature { get; }

    /// <summary>The fields of a record; null where it has one that no codec knows.</summary>
    public static Fields? Of(Type type)
    {
        var constructor = type.GetConstructors().Single(c => c.GetParameters().Length > 0 || type.GetConstructors().Length == 1);
        var fields = constructor.GetParameters().Select(p => (Property: type.GetProperty(p.Name!), Codec: Codec.Of(p.ParameterType))).ToList();
        return fields.TrueForAll(f => f is { Property: not null, Codec: not null })
            ? new(type, NameOf(type), constructor, [.. fields.Select(f => (f.Property!, f.Codec!))])
            : null;
    }

    public void Write(GraphWriter to, object value)
    {
        foreach (var (get, codec) in fields) codec.Write(to, get.Invoke(value)!);
    }

    public object Read(GraphReader from)
    {
        var values = new object[fields.Length];
        for (var i = 0; i < values.Length; i++) values[i] = fields[i].Codec.Read(from);
        return make.Invoke(values.AsSpan()!);
    }

    private static string NameOf(Type type) => type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`')]}<{type.GetGenericArguments()[0].Name}>" : type.Name;
}
