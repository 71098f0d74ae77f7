using System.Numerics;


namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>One elementwise function over one tile: vectors where the function has a vector form, else element by element.</summary>
internal sealed unsafe class Tiles(DType type, int[] x, int to) : IElementwiseVisitor<Action<nint, long, int>>
{
    private static Span<T> At<T>(nint table, int slot, int n) where T : unmanaged => new((void*)((nint*)table)[slot], n);

    public Action<nint, long, int> FloatUnary<F>(Expr _) where F : struct, IFloatUnary => type == DType.F32 ? Floats<F, float>() : Floats<F, double>();

    private Action<nint, long, int> Floats<F, T>() where F : struct, IFloatUnary where T : unmanaged, IFloatingPointIeee754<T> => (table, _, n) =>
    {
        var (a, c) = (((nint*)table)[x[0]], ((nint*)table)[to]);
        for (var i = 0; i < n; i++) ((T*)c)[i] = F.Apply(((T*)a)[i]);
    };

    public Action<nint, long, int> NumberUnary<F>(Expr _) where F : struct, INumberUnary => type switch
    {
        DType.F32 => Numbers<F, float>(),
        DType.F64 => Numbers<F, double>(),
        DType.I32 => Numbers<F, int>(),
        DType.I64 => Numbers<F, long>(),
        _ => Numbers<F, byte>(),
    };

    private Action<nint, long, int> Numbers<F, T>() where F : struct, INumberUnary where T : unmanaged, INumber<T> => (table, _, n) =>
    {
        var a = At<T>(table, x[0], n);
        var c = At<T>(table, to, n);
        var i = 0;
        for (; i <= n - Vector<T>.Count; i += Vector<T>.Count) F.Apply(new Vector<T>(a[i..])).CopyTo(c[i..]);
        for (; i < n; i++) c[i] = F.Apply(a[i]);
    };

    public Action<nint, long, int> FloatBinary<F>(Expr _, Expr __) where F : struct, IFloatBinary => type == DType.F32 ? Floats2<F, float>() : Floats2<F, double>();

    private Action<nint, long, int> Floats2<F, T>() where F : struct, IFloatBinary where T : unmanaged, IFloatingPointIeee754<T> => (table, _, n) =>
    {
        var (a, b, c) = (((nint*)table)[x[0]], ((nint*)table)[x[1]], ((nint*)table)[to]);
        for (var i = 0; i < n; i++) ((T*)c)[i] = F.Apply(((T*)a)[i], ((T*)b)[i]);
    };

    public Action<nint, long, int> NumberBinary<F>(Expr _, Expr __) where F : struct, INumberBinary => type switch
    {
        DType.F32 => Numbers2<F, float>(),
        DType.F64 => Numbers2<F, double>(),
        DType.I32 => Numbers2<F, int>(),
        DType.I64 => Numbers2<F, long>(),
        _ => Numbers2<F, byte>(),
    };

    private Action<nint, long, int> Numbers2<F, T>() where F : struct, INumberBinary where T : unmanaged, INumber<T> => (table, _, n) =>
    {
        var a = At<T>(table, x[0], n);
        var b = At<T>(table, x[1], n);
        var c = At<T>(table, to, n);
        var i = 0;
        for (; i <= n - Vector<T>.Count; i += Vector<T>.Count) F.Apply(new Vector<T>(a[i..]), new Vector<T>(b[i..])).CopyTo(c[i..]);
        for (; i < n; i++) c[i] = F.Apply(a[i], b[i]);
    };

    public Action<nint, long, int> Bitwise<F>(Expr _, Expr __) where F : struct, IBitwise => type switch
    {
        DType.I32 => Bits<F, int>(),
        DType.I64 => Bits<F, long>(),
        _ => Bits<F, byte>(),
    };

    private Action<nint, long, int> Bits<F, T>() where F : struct, IBitwise where T : unmanaged, IBinaryInteger<T> => (table, _, n) =>
    {
        var (a, b, c) = (((nint*)table)[x[0]], ((nint*)table)[x[1]], ((nint*)table)[to]);
        for (var i = 0; i < n; i++) ((T*)c)[i] = F.Apply(((T*)a)[i], ((T*)b)[i]);
    };

    public Action<nint, long, int> Comparison<F>(Expr _, Expr __) where F : struct, IComparison => type switch
    {
        DType.F32 => Compare<F, float>(),
        DType.F64 => Compare<F, double>(),
        DType.I32 => Compare<F, int>(),
        DType.I64 => Compare<F, long>(),
        _ => Compare<F, byte>(),
    };

    private Action<nint, long, int> Compare<F, T>() where F : struct, IComparison where T : unmanaged, INumber<T> => (table, _, n) =>
    {
        var (a, b, c) = (((nint*)table)[x[0]], ((nint*)table)[x[1]], ((nint*)table)[to]);
        for (var i = 0; i < n; i++) ((bool*)c)[i] = F.Apply(((T*)a)[i], ((T*)b)[i]);
    };

    public static Action<nint, long, int> Select(int size, int[] x, int to) => size switch
    {
        1 => Choose<byte>(x, to),
        4 => Choose<int>(x, to),
        _ => Choose<long>(x, to),
    };

    private static Action<nint, long, int> Choose<T>(int[] x, int to) where T : unmanaged => (table, _, n) =>
    {
        var slots = (nint*)table;
        var (p, a, b, c) = (slots[x[0]], slots[x[1]], slots[x[2]], slots[to]);
        for (var i = 0; i < n; i++) ((T*)c)[i] = ((bool*)p)[i] ? ((T*)a)[i] : ((T*)b)[i];
    };

    public static Action<nint, long, int> Convert(DType from, DType type, int x, int to) => from switch
    {
        DType.F32 => From<float>(type, x, to),
        DType.F64 => From<double>(type, x, to),
        DType.I32 => From<int>(type, x, to),
        DType.I64 => From<long>(type, x, to),
        _ => From<byte>(type, x, to),
    };

    private static Action<nint, long, int> From<T>(DType type, int x, int to) where T : unmanaged, INumber<T> => type switch
    {
        DType.F32 => Each<T, float>(float.CreateTruncating, x, to),
        DType.F64 => Each<T, double>(double.CreateTruncating, x, to),
        DType.I32 => Each<T, int>(int.CreateSaturating, x, to),
        DType.I64 => Each<T, long>(long.CreateSaturating, x, to),
        DType.U8 => Each<T, byte>(byte.CreateSaturating, x, to),
        _ => Each<T, bool>(v => v != T.Zero, x, to),
    };

    private static Action<nint, long, int> Each<T, TResult>(Func<T, TResult> f, int x, int to) where T : unmanaged where TResult : unmanaged => (table, _, n) =>
    {
        var (a, c) = (((nint*)table)[x], ((nint*)table)[to]);
        for (var i = 0; i < n; i++) ((TResult*)c)[i] = f(((T*)a)[i]);
    };
}
