using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;

namespace Functional.Testing;

/// <summary>
/// Ops as C# expressions: by an operator or the Prelude's verb where one makes the very same op, by the op's constructor elsewhere. Both are found
/// by reflection, so that a new op prints without another line here.
/// </summary>
internal sealed class Source(IReadOnlyDictionary<Expr, string> names, IReadOnlyDictionary<Function, string> functions)
{
    private static readonly ILookup<string, MethodInfo> verbs = typeof(Prelude).GetMethods(BindingFlags.Public | BindingFlags.Static).ToLookup(m => m.Name);

    private static readonly ImmutableDictionary<Type, (string Symbol, int Inputs)> operators = new Dictionary<Type, (string, int)>
    {
        [typeof(NumberBinary<Functions.Add>)] = ("+", 2),
        [typeof(NumberBinary<Functions.Sub>)] = ("-", 2),
        [typeof(NumberBinary<Functions.Mul>)] = ("*", 2),
        [typeof(NumberBinary<Functions.Div>)] = ("/", 2),
        [typeof(NumberUnary<Functions.Neg>)] = ("-", 1),
    }.ToImmutableDictionary();

    /// <summary>The expression that makes a node of the op.</summary>
    public string Of(Op op) => op switch
    {
        Variable v => $"variable({Text(v.Symbol)}, {Type(v.Type)})",
        Constant c => Elements("constant", c.Value),
        _ when operators.TryGetValue(op.GetType(), out var by) => string.Join($" {by.Symbol} ", op.Inputs.Select(x => names[x])) is var infix && by.Inputs == 2 ? infix : $"{by.Symbol}{names[op.Inputs[0]]}",
        _ => Verb(op) ?? $"Expr.Of(new {Generic(op.GetType())}({string.Join(", ", Attributes(op).Select(a => Of(a)))}))",
    };

    /// <summary>The functions that an op owns.</summary>
    public static IEnumerable<Function> Functions(Op op) => Attributes(op).SelectMany(a => a switch
    {
        Function f => [f],
        IEnumerable<Function> all => all,
        _ => Enumerable.Empty<Function>(),
    });

    /// <summary>Whether C# keeps a word to itself, or the Prelude or this text uses it as a verb.</summary>
    public static bool IsWord(string word) => verbs.Contains(word) || words.Contains(word);

    /// <summary>A tensor type, <c>TensorType.F64(2, 3)</c>.</summary>
    public static string Type(TensorType type) => $"TensorType.{type.DType}({string.Join(", ", type.Shape)})";

    /// <summary>A string as C# writes it.</summary>
    public static string Text(string s) => $"\"{s.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>A literal as <c>maker&lt;double&gt;([2, 3], 0.5, …)</c>, with its bits.</summary>
    public static string Elements(string maker, Literal value)
    {
        var numbers = Enumerable.Range(0, (int)value.Type.Shape.Size).Select(i => Number(value, i)).ToList();
        if (numbers.Contains(null))
        {
            var bits = $"Literal.OfBytes({Type(value.Type)}, [{string.Join(", ", value.Bytes.ToArray())}])";
            return $"{maker}({bits})";
        }

        var element = value.Type.DType switch { DType.Bool => "bool", DType.U8 => "byte", DType.I32 => "int", DType.I64 => "long", DType.F32 => "float", DType.F64 => "double", DType.F16 => "System.Half", _ => "BFloat16" };
        return $"{maker}<{element}>([{string.Join(", ", value.Type.Shape)}], [{string.Join(", ", numbers)}])";
    }

    /// <summary>A verb that, called with the op's attributes, makes this op and nothing else; none where C# could not tell its overloads apart.</summary>
    private string? Verb(Op op)
    {
        var given = Attributes(op).ToArray();
        if (given.Any(a => a is IEnumerable and not string) && verbs[op.Name].Count(v => v.GetParameters().Length >= given.Length) > 1) return null;
        foreach (var verb in verbs[op.Name])
        {
            var takes = verb.GetParameters();
            if (verb.IsGenericMethodDefinition || takes.Any(p => p.ParameterType.IsByRefLike)) continue;
            if (takes.Length < given.Length || !takes.Skip(given.Length).All(p => p.HasDefaultValue)) continue;
            if (!given.Zip(takes, (value, p) => (Nullable.GetUnderlyingType(p.ParameterType) ?? p.ParameterType).IsInstanceOfType(value)).All(fits => fits)) continue;
            try
            {
                if (verb.Invoke(null, [.. given, .. takes.Skip(given.Length).Select(p => p.DefaultValue)]) is Expr made && made.Op.Equals(op))
                    return $"{op.Name}({string.Join(", ", given.Select(a => Of(a)))})";
            }
            catch (TargetInvocationException) { }
        }
        return null;
    }

    /// <summary>The values of the parameters of the record's constructor, but for a product's precision where that is full, which it is unless one says otherwise.</summary>
    private static IEnumerable<object?> Attributes(Op op)
    {
        var type = op.GetType();
        return type.GetConstructors().MaxBy(c => c.GetParameters().Length)!.GetParameters().Select(p => type.GetProperty(p.Name!)!.GetValue(op)).Where(v => v is not Precision.Full);
    }

    private string Of(object? value) => value switch
    {
        Expr x => names[x],
        Function f => functions[f],
        string s => Text(s),
        bool b => b ? "true" : "false",
        DType t => $"DType.{t}",
        TensorType t => Type(t),
        Enum e => $"{e.GetType().Name}.{e}",
        Literal l => Elements("Literal.Of", l),
        IFormattable number when number.GetType().IsPrimitive => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items => Sequence(items),
        CheckpointPolicy p => Policy(p),
        null => "null",
        _ => Record(value),
    };

    /// <summary>The policy by the property that gives it, or by the names that it keeps.</summary>
    private static string Policy(CheckpointPolicy policy)
    {
        var known = typeof(CheckpointPolicy).GetProperties(BindingFlags.Public | BindingFlags.Static).FirstOrDefault(p => policy.Equals(p.GetValue(null)));
        return $"CheckpointPolicy.{known?.Name ?? $"SaveOnlyTheseNames({string.Join(", ", policy.ToString()["saveOnly(".Length..^1].Split(", ").Select(Text))})"}";
    }

    private string Sequence(IEnumerable items) => $"[{string.Join(", ", items.Cast<object>().Select(Of))}]";

    /// <summary>A small value of several numbers, <c>new(2, 1, 0, 0, 1, 1)</c>.</summary>
    private string Record(object value)
    {
        var type = value.GetType();
        var constructor = type.GetConstructors().Where(c => c.GetParameters().Length > 0).MaxBy(c => c.GetParameters().Length)!;
        return $"new {type.Name}({string.Join(", ", constructor.GetParameters().Select(p => Of(type.GetProperty(p.Name!)!.GetValue(value))))})";
    }

    private static string Generic(Type type) => !type.IsGenericType ? type.Name
        : $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(a => a.DeclaringType == typeof(Functions) ? $"Functions.{a.Name}" : a.Name))}>";

    /// <summary>The element as a C# number with the same bits; null where there is none.</summary>
    private static string? Number(Literal value, int i)
    {
        switch (value.Type.DType)
        {
            case DType.Bool: return value.As<bool>()[i] ? "true" : "false";
            case DType.I64: return value.As<long>()[i].ToString(CultureInfo.InvariantCulture);
            case DType.F32: return Float(value.As<float>()[i], "float", "f", BitConverter.SingleToInt32Bits(value.As<float>()[i]) == BitConverter.SingleToInt32Bits(float.NaN));
            case DType.F64: return Float(value.As<double>()[i], "double", "", BitConverter.DoubleToInt64Bits(value.As<double>()[i]) == BitConverter.DoubleToInt64Bits(double.NaN));
            case DType.F16: return Short(value, i, "System.Half");
            case DType.BF16: return Short(value, i, "BFloat16");
            default: return value[i].ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>A number of 16 bits, by way of float.</summary>
    private static string? Short(Literal value, int i, string type) => Float((float)value[i], "float", "f", false) is { } number ? $"({type}){(number[0] == '-' ? $"({number})" : number)}" : null;

    private static string? Float<T>(T x, string type, string suffix, bool plainNaN) where T : IFormattable, System.Numerics.IFloatingPoint<T> =>
        T.IsNaN(x) ? plainNaN ? $"{type}.NaN" : null
        : T.IsPositiveInfinity(x) ? $"{type}.PositiveInfinity"
        : T.IsNegativeInfinity(x) ? $"{type}.NegativeInfinity"
        : T.IsZero(x) && T.IsNegative(x) ? $"-0.0{suffix}"
        : x.ToString("R", CultureInfo.InvariantCulture) + suffix;

    private static readonly ImmutableHashSet<string> words =
    [
        "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal", "default", "delegate", "do", "double", "else", "enum",
        "event", "explicit", "extern", "false", "finally", "fixed", "float", "for", "foreach", "goto", "if", "implicit", "in", "int", "interface", "internal", "is", "lock", "long",
        "namespace", "new", "null", "object", "operator", "out", "override", "params", "private", "protected", "public", "readonly", "ref", "return", "sbyte", "sealed", "short",
        "sizeof", "stackalloc", "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort", "using",
        "virtual", "void", "volatile", "while", "grad", "vjp", "jvp", "vmap", "call", "results", "f",
    ];
}
