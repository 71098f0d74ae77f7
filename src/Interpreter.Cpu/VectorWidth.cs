using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Cpu;

/// <summary>How wide the vectors are that kernels compute with, in bytes.</summary>
public enum VectorWidth
{
    /// <summary>128 bits: SSE and Arm's AdvSimd.</summary>
    V128 = 16,

    /// <summary>256 bits: AVX2 with FMA.</summary>
    V256 = 32,

    /// <summary>512 bits: AVX-512.</summary>
    V512 = 64,
}

/// <summary>What this machine has.</summary>
public static class VectorWidths
{
    extension(VectorWidth width)
    {
        /// <summary>The widest that this machine computes with.</summary>
        public static VectorWidth Widest => VectorWidth.V512.IsSupported ? VectorWidth.V512 : VectorWidth.V256.IsSupported ? VectorWidth.V256 : VectorWidth.V128;

        /// <summary>Whether this machine computes with vectors of this width.</summary>
        public bool IsSupported => width switch
        {
            VectorWidth.V512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported,
            VectorWidth.V256 => Vector256.IsHardwareAccelerated && Fma.IsSupported,
            VectorWidth.V128 => true,
            _ => false,
        };

        /// <summary>The narrowest vectors that hold some bytes; these where none narrower do.</summary>
        internal VectorWidth Around(long bytes) => bytes <= 16 ? VectorWidth.V128 : bytes <= 32 && width > VectorWidth.V256 ? VectorWidth.V256 : width;

        /// <summary>The widest vectors no wider than these that some bytes fill; null where they fill none.</summary>
        internal VectorWidth? Within(long bytes) => bytes >= (int)width ? width : bytes >= 32 && width > VectorWidth.V256 ? VectorWidth.V256 : bytes >= 16 ? VectorWidth.V128 : null;
    }
}
