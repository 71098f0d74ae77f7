using System.Collections.Immutable;
using static Functional.Prelude;

namespace Functional.Interpreter;

/// <summary>
/// A function that also counts the NaN and the infinite elements of each of its floating-point nodes, and so finds the first that it makes. It
/// is compiled once and may be run for each step of a loop.
/// </summary>
internal sealed class Watch
{
    private readonly IInterpreter interpreter;
    private readonly Function f;
    private readonly bool isBody;
    private readonly ImmutableArray<Expr> watched;
    private readonly ImmutableArray<Expr> controls;
    private readonly IExecutable executable;
    private readonly Lazy<IExecutable> arguments;
    private readonly Dictionary<Function, Watch> bodies = new(ReferenceEqualityComparer.Instance);

    /// <summary>The function under watch.</summary>
    /// <param name="interpreter">What runs it.</param>
    /// <param name="f">The function.</param>
    /// <param name="isBody">Whether a control op owns it, so that its parameters are somebody's values and no news.</param>
    public Watch(IInterpreter interpreter, Function f, bool isBody = false)
    {
        (this.interpreter, this.f, this.isBody) = (interpreter, f, isBody);
        watched = [.. f.Parameters.Concat(f.Nodes).Distinct().Where(x => x.Results.Length == 1 && x.DType.IsFloat)];
        controls = [.. f.Nodes.Where(x => x.Op is Control)];
        arguments = new(() => interpreter.Compile(new(f.Parameters, [.. controls.SelectMany(c => c.Inputs)])));
        executable = interpreter.Compile(new(f.Parameters, [.. f.Results, .. watched.Select(x => Count(notEqual(x, x))), .. watched.Select(x => Count(equal(abs(x), full(x.Type, double.PositiveInfinity))))]));
    }

    private static Expr Count(Expr holds) => sum(convert(holds, DType.I32));

    /// <summary>The results, and the node at which a value first became NaN or infinite; null where none did.</summary>
    public (ImmutableArray<Tensor> Results, NonFinite? Problem) Run(ImmutableArray<Tensor> inputs, string where = "")
    {
        var values = executable.Run(inputs);
        var (results, counts) = (values[..f.Results.Length], values[f.Results.Length..]);
        var states = new Dictionary<Expr, State>();
        for (var i = 0; i < watched.Length; i++) states[watched[i]] = new((long)counts[i].Value, (long)counts[watched.Length + i].Value);
        return (results, First(states, inputs, where));
    }

    private NonFinite? First(Dictionary<Expr, State> states, ImmutableArray<Tensor> inputs, string where)
    {
        var (read, next) = (controls.IsEmpty ? [] : arguments.Value.Run(inputs), 0);
        foreach (var x in f.Parameters.Concat(f.Nodes).Distinct())
            if (x.Op is Control op && Bodies.First(Body, op, read[next..(next += op.Inputs.Length)], where) is { } within) return within;
            else if (x.Op is not Constant && !(isBody && x.Op is Variable) && states.TryGetValue(x, out var state) && Begins(x, states)) return Into(x, state, inputs, where);
        foreach (var x in watched)
            if (states[x].NaNs > 0) return new(x, $"{Text(states[x])} in the constant {x}", where);
        return null;
    }

    /// <summary>A function that an op owns under watch, once for all steps.</summary>
    private Watch Body(Function body) => bodies.TryGetValue(body, out var known) ? known : bodies[body] = new(interpreter, body, isBody: true);

    /// <summary>Whether NaN or ∞ is in a value, but not where it comes from. NaN may come of infinite operands, ∞ − ∞; ∞ of ∞ is no news.</summary>
    private static bool Begins(Expr x, Dictionary<Expr, State> states)
    {
        var (nan, infinite) = (states[x].NaNs > 0, states[x].Infinities > 0);
        if (!nan && !infinite) return false;
        foreach (var operand in x.Op is Result r ? r.Of.Inputs : x.Inputs)
        {
            var state = states.GetValueOrDefault(operand);
            nan &= state.NaNs == 0;
            infinite &= state == default;
        }
        return nan || infinite;
    }

    /// <summary>The node, with the operands at the first element that is not finite.</summary>
    private NonFinite Into(Expr x, State state, ImmutableArray<Tensor> inputs, string where)
    {
        if (x.Op is Result or Control) return new(x, $"{Text(state)} in {x}", where);
        var values = interpreter.Compile(new(f.Parameters, x.Inputs.Add(x))).Run(inputs);
        var (value, operands) = (values[^1], values[..^1]);
        var at = Enumerable.Range(0, (int)value.Shape.Size).First(i => !double.IsFinite(value[i]));
        var place = x.Rank == 0 ? "" : $" at [{string.Join(",", Index(x.Shape, at))}]";
        var read = operands.IsEmpty ? "as it is given" : x.Op is Elementwise ? $"of {string.Join(" and ", operands.Select(o => Show(o, at)))}"
            : $"of operands within {string.Join(" and ", operands.Select(Range))}";
        return new(x, $"{value[at]}{place} {read} ({Text(state)} of {value.Shape.Size})", where);
    }

    private static string Show(Tensor value, int at) => value.DType == DType.Bool ? value[at] != 0 ? "true" : "false" : Text(value, value[at]);

    /// <summary>A number of the tensor's element type.</summary>
    private static string Text(Tensor of, double number) => of.DType == DType.F32 ? ((float)number).ToString("R") : number.ToString("R");

    private static string Range(Tensor value) => value.Shape.Size == 0 ? "[]"
        : $"[{Text(value, Enumerable.Range(0, (int)value.Shape.Size).Min(i => value[i]))}, {Text(value, Enumerable.Range(0, (int)value.Shape.Size).Max(i => value[i]))}]";

    private static int[] Index(Shape shape, int flat)
    {
        var index = new int[shape.Rank];
        for (var axis = shape.Rank - 1; axis >= 0; flat /= shape[axis--]) index[axis] = flat % shape[axis];
        return index;
    }

    private static string Text(State state) =>
        string.Join(" and ", new[] { state.NaNs > 0 ? $"{state.NaNs} NaN" : null, state.Infinities > 0 ? $"{state.Infinities} infinite" : null }.OfType<string>());

    private readonly record struct State(long NaNs, long Infinities);
}
