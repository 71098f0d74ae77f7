using System.Runtime.CompilerServices;
using Functional;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Laws;

/// <summary>What does not fit is refused where it is built: the operation, the operands by name and type, what is at fault, and the line of this file.</summary>
public sealed class ShapeErrorLaws
{
    private static readonly Expr Scalar = variable("s");
    private static readonly Expr A = variable("a", TensorType.F32(2, 3));
    private static readonly Expr B = variable("b", TensorType.F32(4, 5));
    private static readonly Expr D = variable("d", TensorType.F64(2, 3));
    private static readonly Expr N = variable("n", TensorType.I32(2));
    private static readonly Expr P = variable("p", TensorType.Bool(2, 3));
    private static readonly Expr Image = variable("image", TensorType.F32(1, 3, 8, 8));
    private static readonly Expr Filter = variable("filter", TensorType.F32(4, 2, 3, 3));

    [Fact]
    public void Elementwise()
    {
        Fails(() => A + B, "add(a: f32[2,3], b: f32[4,5])", "at axis -2 the extents are 2 and 4, and neither is 1");
        Fails(() => A * D, "mul(a: f32[2,3], d: f64[2,3])", "element types f32 and f64 differ: convert one of them");
        Fails(() => less(A, B), "less(a: f32[2,3], b: f32[4,5])", "do not broadcast");
        Fails(() => P + P, "add(p: bool[2,3], p: bool[2,3])", "needs numbers, not bools");
        Fails(() => exp(N), "exp(n: i32[2])", "needs a floating-point operand");
        Fails(() => pow(N, N), "pow(n: i32[2], n: i32[2])", "needs floating-point operands");
        Fails(() => abs(P), "abs(p: bool[2,3])", "needs a number, not a bool");
        Fails(() => and(A, A), "and(a: f32[2,3], a: f32[2,3])", "needs integers or bools, not f32");
        Fails(() => where(A, A, A), "select(a: f32[2,3], a: f32[2,3], a: f32[2,3])", "the predicate is f32, not bool");
        Fails(() => where(P, A, D), "select(p: bool[2,3], a: f32[2,3], d: f64[2,3])", "f32[2,3] and f64[2,3], which differ");
        Fails(() => where(P, A, B), "where(p: bool[2,3], a: f32[2,3], b: f32[4,5])", "at axis -2");
    }

    [Fact]
    public void Movement()
    {
        Fails(() => reshape(A, 4, 2), "reshape(a: f32[2,3])", "6 elements do not fill the shape [4,2] of 8");
        Fails(() => reshape(A, 4, -1), "reshape(a: f32[2,3])", "no extent in place of −1");
        Fails(() => permute(A, [0, 2]), "permute", "axis 2 is out of range for a tensor of rank 2");
        Fails(() => permute(A, [0, 0]), "permute", "axis 0 is named twice");
        Fails(() => transpose(Scalar), "transpose(s: f32[])", "needs at least two axes");
        Fails(() => broadcast(A, [2, 4], [0, 1]), "broadcast(a: f32[2,3])", "axis 1 has extent 3, but axis 1 of [2,4]");
        Fails(() => broadcast(A, [3, 2], [1, 0]), "broadcast(a: f32[2,3])", "does not ascend");
        Fails(() => broadcastTo(A, [3, 2]), "broadcastTo(a: f32[2,3])", "[2,3] does not stretch to [3,2]");
        Fails(() => reverse(A, [5]), "reverse", "axis 5 is out of range");
        Fails(() => slice(A, [0, 2], [2, 5]), "slice(a: f32[2,3])", "at axis 1, 2..5 in steps of 1 does not lie within 0..3");
        Fails(() => slice(A, [0], [2]), "slice(a: f32[2,3])", "must each name the 2 axes");
        Fails(() => pad(A, [new(1, 1)]), "pad(a: f32[2,3])", "1 axes, but the operand has 2");
        Fails(() => pad(A, [new(-2, -1), new(0, 0)]), "pad(a: f32[2,3])", "leaves axis 0 of extent 2 with a negative extent");
        Fails(() => concat(0, A, B), "concat(a: f32[2,3], b: f32[4,5])", "differ at an axis other than 0");
        Fails(() => concat(0, A, D), "concat(a: f32[2,3], d: f64[2,3])", "element types f32 and f64 differ");
        Fails(() => concat(2, A, A), "concat(a: f32[2,3], a: f32[2,3])", "axis 2 is out of range");
        Fails(() => squeeze(A, 0), "squeeze(a: f32[2,3])", "axis 0 has extent 2, not 1");
        Fails(() => gather(A, A), "gather(a: f32[2,3], a: f32[2,3])", "must be i32 or i64");
        Fails(() => gather(A, N, 3), "gather(a: f32[2,3], n: i32[2])", "axis 3 with 0 batch axes does not fit");
        Fails(() => scatterAdd(B, N, 7), "scatterAdd(b: f32[4,5], n: i32[2])", "[4] at axis 0, but the indices pick [2]");
        Fails(() => dynamicSlice(A, N, [3, 3]), "dynamicSlice(a: f32[2,3], n: i32[2])", "size 3 exceeds the extent 2 of axis 0");
        Fails(() => dynamicUpdateSlice(A, B, N), "dynamicUpdateSlice(a: f32[2,3], b: f32[4,5], n: i32[2])", "extent 4 exceeds the operand's 2 at axis 0");
        Fails(() => iota(TensorType.F32(2), 1), "iota", "axis 1 is out of range");
    }

    [Fact]
    public void Reductions_and_windows()
    {
        Fails(() => sum(A, 2), "sum", "axis 2 is out of range for a tensor of rank 2: use -2 to 1");
        Fails(() => sum(P), "sum(p: bool[2,3])", "a bool has no sum");
        Fails(() => mean(N), "mean(n: i32[2])", "needs a floating-point operand");
        Fails(() => argmax(A, 4), "argmax", "axis 4 is out of range");
        Fails(() => max(variable("empty", TensorType.F32(0))), "argMax", "axis 0 has no element to pick");
        Fails(() => argsort(A, -3), "argsort", "axis -3 is out of range");
        Fails(() => cumulativeSum(P, 0), "cumulativeSum(p: bool[2,3])", "a bool has no sum");
        Fails(() => windowSum(A, [new(1), new(1), new(1)]), "windowSum(a: f32[2,3])", "a window over 3 axes does not fit");
        Fails(() => windowSum(A, [new(0), new(1, 0)]), "windowSum(a: f32[2,3])", "window axis 0 has size 0", "window axis 1 has stride 0");
        Fails(() => windowArgMax(A, [new(1, Dilation: 0)]), "windowArgMax(a: f32[2,3])", "window axis 0 has dilation 0");
    }

    [Fact]
    public void Products()
    {
        Fails(() => matmul(A, B), "matmul(A: f32[2,3], B: f32[4,5])", "axis 1 of the left operand has extent 3, but axis 0 of the right has 4");
        Fails(() => matmul(A, Scalar), "matmul(A: f32[2,3], Scalar: f32[])", "a scalar is no matrix");
        Fails(() => dot(A, B, [], [], [1], [0]), "dot(a: f32[2,3], b: f32[4,5])", "contracted axis 1 of the left operand has extent 3, but axis 0 of the right has 4");
        Fails(() => dot(A, D, [], [], [1], [1]), "dot(a: f32[2,3], d: f64[2,3])", "element types f32 and f64 differ");
        Fails(() => conv2d(Image, Filter), "conv(image: f32[1,3,8,8], filter: f32[4,2,3,3])", "3 channels in 1 groups, but axis 1 of the right has 2");
        Fails(() => conv2d(A, Filter), "conv2d(a: f32[2,3], filter: f32[4,2,3,3])", "images must be [N, C, H, W]");
        Fails(() => conv(Image, Filter, [new(3), new(5)], 2), "conv(image: f32[1,3,8,8], filter: f32[4,2,3,3])", "is not of the sizes [3,3]", "in 2 groups");
    }

    [Fact]
    public void Functions_and_transformations()
    {
        var f = Function.Trace(x => [x[0] * 2], ("x", TensorType.F32(3)));
        Fails(() => call(f, A)[0], "call(a: f32[2,3])", "argument 0 has type f32[2,3], but parameter x has f32[3]");
        Fails(() => call(f)[0], "call()", "0 arguments are given to a function of 1 parameters");
        Fails(() => new Function([Scalar], [A]).Results[0], "function", "the variable a: f32[2,3] is free");
        Fails(() => new Function([A, A], [A]).Results[0], "function", "stands twice");
        Fails(() => grad(x => x * 2)(A), "grad", "sum or mean it");
        Fails(() => grad(sum2)(N), "grad(n: i32[2])", "only floating-point arguments have a gradient");
        Fails(() => crossEntropy(A, A), "crossEntropy(a: f32[2,3], a: f32[2,3])", "logits must be [N, classes] and labels [N]");
        Fails(() => oneHot(A, 3), "oneHot(a: f32[2,3])", "indices must be integers");
        Fails(() => constant<float>([2, 2], 1, 2, 3), "constant", "3 values do not fill the shape [2,2] of 4 elements");
        Fails(() => zeros(new(DType.F32, Shape.Of([2, -1]))), "shape", "negative dimension -1");
        static Expr sum2(Expr x) => sum(x);
    }

    [Fact]
    public void Batches()
    {
        Fails(() => vmap((x, y) => x + y)(A, B), "vmap(a: f32[2,3], b: f32[4,5])", "axis 0 of a has 2, axis 0 of b has 4", "or null for what is the same for all examples");
        Fails(() => vmap(x => x)(Scalar), "vmap(s: f32[])", "argument 0, s: f32[], is a scalar and has no axis to map: write null for it in inAxes");
        Fails(() => vmap(x => x, 2)(A), "vmap(a: f32[2,3])", "axis 2 is out of range for argument 0, a: f32[2,3]: write -2 to 1 in inAxes");
        Fails(() => vmap(x => x, inAxes: null)(A), "vmap(a: f32[2,3])", "no argument is mapped");
        Fails(() => vmap(x => x, outAxes: null)(A), "vmap(a: f32[2,3])", "result 0 differs from example to example", "write -2 to 1 in outAxes, not null");
        Fails(() => vmap(x => x, outAxes: 3)(A), "vmap(a: f32[2,3])", "axis 3 is out of range for result 0, which has 2 axes with that of the examples");
        Fails(() => vmap((x, y) => x + y, [0, 0, null])(A, A), "vmap(a: f32[2,3], a: f32[2,3])", "inAxes names 3 axes for 2 values");
    }

    [Fact]
    public void Higher_derivatives()
    {
        Fails(() => jacfwd(x => x)(N), "jacfwd(n: i32[2])", "only a floating-point argument has a Jacobian: close over this one");
        Fails(() => jacrev(x => x)(N), "jacrev(n: i32[2])", "only a floating-point argument has a Jacobian: close over this one");
        Fails(() => hessian(x => x)(A), "grad", "only a scalar has a gradient");
        Fails(() => hvp(x => sum(x), A, B), "jvp(b: f32[4,5])", "tangent 0 must have the type of its value, f32[2,3]");
        Fails(() => linearize((Expr x) => x, A).Tangent(B), "linearize(b: f32[4,5])", "tangent 0 must have the type of its value, f32[2,3]");
        Fails(() => taylor(x => x, -1)(A, A)[0], "taylor", "there is no coefficient of order -1");
        Fails(() => taylor(x => x, 1)(A, B)[0], "taylor(b: f32[4,5])", "direction 0 must have the type of its value, f32[2,3]");
        Fails(() => nth(x => x, 2)(A), "nth(a: f32[2,3])", "the argument must be a floating-point scalar");
    }

    /// <summary>The error's message has the operation with its operands and each fragment, and its location is the caller's line of this file.</summary>
    private static void Fails(Func<Expr> build, string operation, string fragment, string? another = null, [CallerLineNumber] int line = 0)
    {
        var error = Assert.Throws<ShapeError>(build);
        Assert.StartsWith(operation, error.Message, StringComparison.Ordinal);
        Assert.Contains(fragment, error.Message, StringComparison.Ordinal);
        if (another is not null) Assert.Contains(another, error.Message, StringComparison.Ordinal);
        Assert.Equal($"ShapeErrorLaws.cs:{line}", error.Location.ToString());
    }
}
