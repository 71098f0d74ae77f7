using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Arithmetic;

/// <summary>Numbers of 16 bits in memory as lanes of f32, which .NET has no instructions for: by integer arithmetic.</summary>
public static unsafe class HalfFloats
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The format of an element type.</summary>
    public static Type Of(DType type) => type == DType.F16 ? typeof(Binary16) : typeof(Brain16);

    /// <summary>A method of this class by its name, for some vectors and an element type.</summary>
    public static MethodInfo Of(string name, Type vector, DType type) => typeof(HalfFloats).GetMethod(name)!.MakeGenericMethod(vector, Of(type));

    /// <summary>The numbers from an address on.</summary>
    [MethodImpl(Inline)]
    public static V Load<V, H>(ushort* from) where V : struct, ILanes<V, float> where H : IHalfFloat => H.Widened(Extended<V>(from));

    /// <summary>The number at an address in all lanes.</summary>
    [MethodImpl(Inline)]
    public static V Spread<V, H>(ushort* from) where V : struct, ILanes<V, float> where H : IHalfFloat => H.Widened(V.All(BitConverter.UInt32BitsToSingle(*from)));

    /// <summary>The nearest numbers that a format has.</summary>
    [MethodImpl(Inline)]
    public static V Round<V, H>(V x) where V : struct, ILanes<V, float> where H : IHalfFloat => H.Round(x);

    /// <summary>Writes numbers that a format has from an address on.</summary>
    [MethodImpl(Inline)]
    public static void Store<V, H>(V x, ushort* to) where V : struct, ILanes<V, float> where H : IHalfFloat => Narrow(H.Bits(x), to);

    /// <summary>The same bits in all lanes.</summary>
    [MethodImpl(Inline)]
    internal static V Bits<V>(uint bits) where V : struct, ILanes<V, float> => V.All(BitConverter.UInt32BitsToSingle(bits));

    /// <summary>Integers of 16 bits as integers of 32.</summary>
    [MethodImpl(Inline)]
    private static V Extended<V>(ushort* from) where V : struct, ILanes<V, float>
    {
        if (typeof(V) == typeof(V512<float>))
            return Unsafe.BitCast<Vector512<uint>, V>(Avx512F.IsSupported ? Avx512F.ConvertToVector512UInt32(Vector256.Load(from)) : Vector512.WidenLower(Vector256.Load(from).ToVector512Unsafe()));
        if (typeof(V) == typeof(V256<float>))
            return Unsafe.BitCast<Vector256<uint>, V>(Avx2.IsSupported ? Avx2.ConvertToVector256Int32(Vector128.Load(from)).AsUInt32() : Vector256.WidenLower(Vector128.Load(from).ToVector256Unsafe()));
        if (typeof(V) == typeof(V128<float>))
            return Unsafe.BitCast<Vector128<uint>, V>(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)from).AsUInt16()));
        return Unsafe.BitCast<uint, V>(*from);
    }

    /// <summary>Writes integers of 32 bits, whose upper halves are 0, as integers of 16.</summary>
    [MethodImpl(Inline)]
    private static void Narrow<V>(V bits, ushort* to) where V : struct, ILanes<V, float>
    {
        if (typeof(V) == typeof(V512<float>))
        {
            var x = Unsafe.BitCast<V, Vector512<uint>>(bits);
            (Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(x) : Vector256.Narrow(x.GetLower(), x.GetUpper())).Store(to);
        }
        else if (typeof(V) == typeof(V256<float>))
        {
            var x = Unsafe.BitCast<V, Vector256<uint>>(bits);
            Vector128.Narrow(x.GetLower(), x.GetUpper()).Store(to);
        }
        else if (typeof(V) == typeof(V128<float>))
        {
            var x = Unsafe.BitCast<V, Vector128<uint>>(bits);
            *(ulong*)to = Vector128.Narrow(x, x).AsUInt64()[0];
        }
        else *to = (ushort)Unsafe.BitCast<V, uint>(bits);
    }
}
