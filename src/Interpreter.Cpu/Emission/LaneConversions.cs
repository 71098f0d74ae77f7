using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Emission;

/// <summary>Conversions between floating-point numbers and the integers as wide: to the nearest, or towards zero, saturating, NaN to 0.</summary>
internal static class LaneConversions
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    public static V512<int> Convert(V512<float> x) => new(Vector512.ConvertToInt32(x.Value));

    [MethodImpl(Inline)]
    public static V256<int> Convert(V256<float> x) => new(Vector256.ConvertToInt32(x.Value));

    [MethodImpl(Inline)]
    public static V128<int> Convert(V128<float> x) => new(Vector128.ConvertToInt32(x.Value));

    [MethodImpl(Inline)]
    public static V1<int> Convert(V1<float> x) => new(int.CreateSaturating(x.Value));

    [MethodImpl(Inline)]
    public static V512<float> Convert(V512<int> x) => new(Vector512.ConvertToSingle(x.Value));

    [MethodImpl(Inline)]
    public static V256<float> Convert(V256<int> x) => new(Vector256.ConvertToSingle(x.Value));

    [MethodImpl(Inline)]
    public static V128<float> Convert(V128<int> x) => new(Vector128.ConvertToSingle(x.Value));

    [MethodImpl(Inline)]
    public static V1<float> Convert(V1<int> x) => new(x.Value);

    [MethodImpl(Inline)]
    public static V512<long> Convert(V512<double> x) => new(Vector512.ConvertToInt64(x.Value));

    [MethodImpl(Inline)]
    public static V256<long> Convert(V256<double> x) => new(Vector256.ConvertToInt64(x.Value));

    [MethodImpl(Inline)]
    public static V128<long> Convert(V128<double> x) => new(Vector128.ConvertToInt64(x.Value));

    [MethodImpl(Inline)]
    public static V1<long> Convert(V1<double> x) => new(long.CreateSaturating(x.Value));

    [MethodImpl(Inline)]
    public static V512<double> Convert(V512<long> x) => new(Vector512.ConvertToDouble(x.Value));

    [MethodImpl(Inline)]
    public static V256<double> Convert(V256<long> x) => new(Vector256.ConvertToDouble(x.Value));

    [MethodImpl(Inline)]
    public static V128<double> Convert(V128<long> x) => new(Vector128.ConvertToDouble(x.Value));

    [MethodImpl(Inline)]
    public static V1<double> Convert(V1<long> x) => new(x.Value);
}
