using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Functional.Interpreter;

/// <summary>Elementwise functions, one element at a time.</summary>
internal sealed class Scalars(ImmutableArray<Tensor> x, TensorType type) : IElementwiseVisitor<Tensor>
{
    public Tensor FloatUnary<F>(Expr _) where F : struct, IFloatUnary => type.DType == DType.F32
        ? Map<float, float>(F.Apply)
        : Map<double, double>(F.Apply);

    public Tensor NumberUnary<F>(Expr _) where F : struct, INumberUnary => type.DType switch
    {
        DType.F32 => Map<float, float>(F.Apply),
        DType.F64 => Map<double, double>(F.Apply),
        DType.I32 => Map<int, int>(F.Apply),
        DType.I64 => Map<long, long>(F.Apply),
        _ => Map<byte, byte>(F.Apply),
    };

    public Tensor FloatBinary<F>(Expr _, Expr __) where F : struct, IFloatBinary => type.DType == DType.F32
        ? Zip<float, float>(F.Apply)
        : Zip<double, double>(F.Apply);

    public Tensor NumberBinary<F>(Expr _, Expr __) where F : struct, INumberBinary => type.DType switch
    {
        DType.F32 => Zip<float, float>(F.Apply),
        DType.F64 => Zip<double, double>(F.Apply),
        DType.I32 => Zip<int, int>(F.Apply),
        DType.I64 => Zip<long, long>(F.Apply),
        _ => Zip<byte, byte>(F.Apply),
    };

    public Tensor Bitwise<F>(Expr _, Expr __) where F : struct, IBitwise => type.DType switch
    {
        DType.I32 => Zip<int, int>(F.Apply),
        DType.I64 => Zip<long, long>(F.Apply),
        _ => Zip<byte, byte>(F.Apply),
    };

    public Tensor Comparison<F>(Expr _, Expr __) where F : struct, IComparison => x[0].DType switch
    {
        DType.F32 => Zip<float, bool>(F.Apply),
        DType.F64 => Zip<double, bool>(F.Apply),
        DType.I32 => Zip<int, bool>(F.Apply),
        DType.I64 => Zip<long, bool>(F.Apply),
        _ => Zip<byte, bool>(F.Apply),
    };

    private Tensor Map<T, TResult>(Func<T, TResult> f) where T : unmanaged where TResult : unmanaged
    {
        var (a, result) = (Elements<T>(x[0]), new TResult[(int)type.Shape.Size]);
        for (var i = 0; i < result.Length; i++) result[i] = f(a[i]);
        return Tensor.OfBytes(type, MemoryMarshal.AsBytes<TResult>(result));
    }

    private Tensor Zip<T, TResult>(Func<T, T, TResult> f) where T : unmanaged where TResult : unmanaged
    {
        var (a, b, result) = (Elements<T>(x[0]), Elements<T>(x[1]), new TResult[(int)type.Shape.Size]);
        for (var i = 0; i < result.Length; i++) result[i] = f(a[i], b[i]);
        return Tensor.OfBytes(type, MemoryMarshal.AsBytes<TResult>(result));
    }

    /// <summary>The elements; truth values as the bytes 0 and 1.</summary>
    private static T[] Elements<T>(Tensor x) where T : unmanaged => MemoryMarshal.Cast<byte, T>(x.Bytes).ToArray();
}
