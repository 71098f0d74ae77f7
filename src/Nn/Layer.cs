using System.Collections.Immutable;
using System.IO.Hashing;
using System.Text;
using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>A parameter's initial value, from a random key and the parameter's type.</summary>
public delegate Expr Initializer(Expr key, TensorType type);

/// <summary>What a layer is given besides its input: its parameters by name, and, in training, a random key.</summary>
/// <param name="Path">The layer's path.</param>
/// <param name="Get">The parameter at a path, of a type, with its initialiser.</param>
/// <param name="Key">A key for this application; null outside training.</param>
public sealed record Scope(string Path, Func<string, TensorType, Initializer, Expr> Get, Expr? Key)
{
    /// <summary>The layer's own parameter of a name.</summary>
    public Expr Parameter(string name, TensorType type, Initializer init) => Get($"{Path}/{name}", type, init);
}

/// <summary>
/// A pure function from scope and input to output. Layers compose with <c>&gt;&gt;</c>, which is associative and has <see cref="Identity"/>.
/// Each part is named by its kind and its place among those of its kind, <c>conv2d_0</c>, or as <see cref="Named"/> says.
/// </summary>
public sealed class Layer
{
    private readonly ImmutableArray<(string Kind, string? Name, Func<Scope, Expr, Expr> Apply)> parts;

    private Layer(ImmutableArray<(string, string?, Func<Scope, Expr, Expr>)> parts) => this.parts = parts;

    /// <summary>A layer of one part.</summary>
    public Layer(string kind, Func<Scope, Expr, Expr> apply) : this([(kind, null, apply)]) { }

    /// <summary>The layer that does nothing.</summary>
    public static Layer Identity { get; } = new([]);

    /// <summary>First one, then the other.</summary>
    public static Layer operator >>(Layer first, Layer then) => new([.. first.parts, .. then.parts]);

    /// <summary>The same layer under a name of its own.</summary>
    /// <exception cref="InvalidOperationException">It has several parts.</exception>
    public Layer Named(string name) => parts is [var part] ? new([(part.Kind, name, part.Apply)])
        : throw new InvalidOperationException($"a layer of {parts.Length} parts has no single name: name its parts");

    /// <summary>The output for an input, given the parameters.</summary>
    /// <param name="weights">The parameters by path.</param>
    /// <param name="x">The input.</param>
    /// <param name="key">A random key, in training.</param>
    public Expr Apply(Params<Expr> weights, Expr x, Expr? key = null) => Apply(x, key, (path, type, _) => weights[path].Type == type ? weights[path]
        : throw new ShapeError("layer", [new(path, weights[path].Type)], [$"the layer needs {type} here: was it made for another input?"]));

    /// <summary>The initial parameters for inputs of a type, each from its own key, so that adding a named layer reseeds no other.</summary>
    public Params<Expr> Init(long seed, TensorType input)
    {
        var initial = Params<Expr>.Empty;
        Apply(variable("x", input), null, (path, type, init) =>
        {
            initial = initial.With(path, init(key(seed ^ unchecked((long)XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(path)))), type));
            return variable(path, type);
        });
        return initial;
    }

    private Expr Apply(Expr x, Expr? key, Func<string, TensorType, Initializer, Expr> get)
    {
        var count = new Dictionary<string, int>();
        for (var i = 0; i < parts.Length; i++)
        {
            var place = count[parts[i].Kind] = count.GetValueOrDefault(parts[i].Kind, -1) + 1;
            x = parts[i].Apply(new(parts[i].Name ?? $"{parts[i].Kind}_{place}", get, key is null ? null : foldIn(key, constant(i, DType.I64))), x);
        }
        return x;
    }
}
