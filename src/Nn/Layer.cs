using System.Collections.Immutable;
using System.IO.Hashing;
using System.Text;
using static Functional.Prelude;

namespace Functional.Nn;

/// <summary>A parameter's initial value, from a random key and the parameter's type.</summary>
public delegate Expr Initializer(Expr key, TensorType type);

/// <summary>What a layer is given besides its input: its parameters and its state by name, and, in training, a random key.</summary>
public sealed class Scope
{
    private readonly string path;
    private readonly Func<string, TensorType, Initializer, Expr> parameter;
    private readonly Func<string, TensorType, Initializer, Expr> state;
    private readonly Action<string, Expr> update;

    internal Scope(
        string path, Expr? key, Func<string, TensorType, Initializer, Expr> parameter, Func<string, TensorType, Initializer, Expr> state, Action<string, Expr> update) =>
        (this.path, Key, this.parameter, this.state, this.update) = (path, key, parameter, state, update);

    /// <summary>A key for this application; null outside training.</summary>
    public Expr? Key { get; }

    /// <summary>The layer's own parameter of a name, which training changes by its gradient.</summary>
    public Expr Parameter(string name, TensorType type, Initializer init) => parameter($"{path}/{name}", type, init);

    /// <summary>The layer's own state of a name, as it was before this application.</summary>
    public Expr State(string name, TensorType type, Initializer init) => state($"{path}/{name}", type, init);

    /// <summary>Says what a state is after this application; it is not differentiated.</summary>
    public void Update(string name, Expr value) => update($"{path}/{name}", stopGradient(value));

    /// <summary>The output of another layer, a part of this one: its parameters and its state stand under <paramref name="name"/>.</summary>
    /// <param name="name">The part's name, which no other part has.</param>
    /// <param name="layer">The part.</param>
    /// <param name="x">Its input.</param>
    public Expr Apply(string name, Layer layer, Expr x)
    {
        var fold = unchecked((long)XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(name)));
        return layer.Run(
            x, Key is null ? null : foldIn(Key, constant(fold, DType.I64)),
            (inner, type, init) => Parameter($"{name}/{inner}", type, init), (inner, type, init) => State($"{name}/{inner}", type, init),
            (inner, value) => Update($"{name}/{inner}", value));
    }
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

    /// <summary>The output for an input, given the parameters, and the layers' state after it.</summary>
    /// <param name="weights">The parameters by path.</param>
    /// <param name="state">The state by path, such as running means.</param>
    /// <param name="x">The input.</param>
    /// <param name="key">A random key, in training; null elsewhere.</param>
    public (Expr Output, Params<Expr> State) Apply(Params<Expr> weights, Params<Expr> state, Expr x, Expr? key = null)
    {
        var next = state;
        var y = Run(x, key, Known(weights), Known(state), (path, value) => next = next.With(path, value));
        return (y, next);
    }

    /// <summary>The output of a model without state for an input, given the parameters.</summary>
    public Expr Apply(Params<Expr> weights, Expr x, Expr? key = null) => Apply(weights, Params<Expr>.Empty, x, key).Output;

    /// <summary>The initial parameters and state for inputs of a type, each from its own key, so that adding a named layer reseeds no other.</summary>
    public (Params<Expr> Weights, Params<Expr> State) Init(long seed, TensorType input)
    {
        var (weights, state) = (Params<Expr>.Empty, Params<Expr>.Empty);
        Expr Initial(string path, TensorType type, Initializer init) =>
            init(key(seed ^ unchecked((long)XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(path)))), type);
        Run(
            variable("x", input), null,
            (path, type, init) => (weights = weights.With(path, Initial(path, type, init)))[path],
            (path, type, init) => (state = state.With(path, Initial(path, type, init)))[path],
            (_, _) => { });
        return (weights, state);
    }

    /// <summary>The output as a part of another layer, which lends its scope: parameters and state are named below the other's path.</summary>
    internal Expr Within(Scope scope, Expr? key, Expr x, Action<string, Expr> update) => Run(x, key, scope.Parameter, scope.State, update);

    private static Func<string, TensorType, Initializer, Expr> Known(Params<Expr> values) => (path, type, _) => values[path].Type == type ? values[path]
        : throw new ShapeError("layer", [new(path, values[path].Type)], [$"the layer needs {type} here: was it made for another input?"]);

    internal Expr Run(
        Expr x, Expr? key, Func<string, TensorType, Initializer, Expr> parameter, Func<string, TensorType, Initializer, Expr> state, Action<string, Expr> update)
    {
        var count = new Dictionary<string, int>();
        for (var i = 0; i < parts.Length; i++)
        {
            var place = count[parts[i].Kind] = count.GetValueOrDefault(parts[i].Kind, -1) + 1;
            var path = parts[i].Name ?? $"{parts[i].Kind}_{place}";
            x = parts[i].Apply(new(path, key is null ? null : foldIn(key, constant(i, DType.I64)), parameter, state, update), x);
        }
        return x;
    }
}
