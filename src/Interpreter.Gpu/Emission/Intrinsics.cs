namespace Functional.Interpreter.Gpu.Emission;

/// <summary>What emitted kernels call where ILGPU has no method of its own, or a wrong one. Public, since kernels lie in an assembly of their own.</summary>
public static class Intrinsics
{
    /// <summary>x · y + z, rounded once. On devices the compiler's own operation takes its place: see <see cref="DeviceCode"/>.</summary>
    public static float Fma(float x, float y, float z) => MathF.FusedMultiplyAdd(x, y, z);

    /// <inheritdoc cref="Fma(float, float, float)"/>
    public static double Fma(double x, double y, double z) => Math.FusedMultiplyAdd(x, y, z);

    /// <summary>|x|, by its bits.</summary>
    public static float Abs(float x) => ILGPU.Interop.IntAsFloat(ILGPU.Interop.FloatAsInt(x) & 0x7FFF_FFFFu);

    /// <inheritdoc cref="Abs(float)"/>
    public static double Abs(double x) => ILGPU.Interop.IntAsFloat(ILGPU.Interop.FloatAsInt(x) & 0x7FFF_FFFF_FFFF_FFFFul);

    /// <summary>The bits of a number.</summary>
    public static int Bits(float x) => (int)ILGPU.Interop.FloatAsInt(x);

    /// <inheritdoc cref="Bits(float)"/>
    public static long Bits(double x) => (long)ILGPU.Interop.FloatAsInt(x);

    /// <summary>The number with the given bits.</summary>
    public static float OfBits(int x) => ILGPU.Interop.IntAsFloat((uint)x);

    /// <inheritdoc cref="OfBits(int)"/>
    public static double OfBits(long x) => ILGPU.Interop.IntAsFloat((ulong)x);
}
