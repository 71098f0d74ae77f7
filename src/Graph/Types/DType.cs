namespace Functional;

/// <summary>The type of a tensor's elements. Written graphs hold the numbers below, so that a new type comes last.</summary>
public enum DType : byte
{
    /// <summary>True or false, one byte.</summary>
    Bool,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary64.</summary>
    F64,

    /// <summary>IEEE 754 binary16, <see cref="System.Half"/>: 11 bits of precision, up to 65,504. What is computed with it: <see cref="Widen"/>.</summary>
    F16,

    /// <summary>The upper half of binary32, <see cref="BFloat16"/>: 8 bits of precision, the range of f32. What is computed with it: <see cref="Widen"/>.</summary>
    BF16,
}

/// <summary>What is true of element types.</summary>
public static class DTypes
{
    /// <summary>All element types, in the order of their numbers.</summary>
    public static ValueArray<DType> All => [DType.Bool, DType.U8, DType.I32, DType.I64, DType.F32, DType.F64, DType.F16, DType.BF16];

    extension(DType type)
    {
        /// <summary>Bytes per element.</summary>
        public int Size => type switch
        {
            DType.Bool or DType.U8 => 1,
            DType.F16 or DType.BF16 => 2,
            DType.I32 or DType.F32 => 4,
            _ => 8,
        };

        /// <summary>Whether values are floating-point: only these have derivatives.</summary>
        public bool IsFloat => type.Precision > 0;

        /// <summary>Whether values are floating-point numbers of 16 bits, with which f32 computes (<see cref="Widen"/>).</summary>
        public bool IsHalf => type is DType.F16 or DType.BF16;

        /// <summary>The element type in which is computed: f32 for f16 and bf16 (<see cref="Widen"/>), for others themselves.</summary>
        public DType Computed => type.IsHalf ? DType.F32 : type;

        /// <summary>The bits of a floating-point significand; 0 where values are no floating-point numbers.</summary>
        public int Precision => type switch
        {
            DType.BF16 => 8,
            DType.F16 => 11,
            DType.F32 => 24,
            DType.F64 => 53,
            _ => 0,
        };

        /// <summary>Whether values are integers.</summary>
        public bool IsInteger => type is DType.U8 or DType.I32 or DType.I64;

        /// <summary>Whether values can be added and multiplied.</summary>
        public bool IsNumber => type != DType.Bool;

        /// <summary>The name in printed graphs: <c>f32</c>, <c>i64</c>, <c>bool</c>.</summary>
        public string Text => type switch
        {
            DType.Bool => "bool",
            DType.U8 => "u8",
            DType.I32 => "i32",
            DType.I64 => "i64",
            DType.F32 => "f32",
            DType.F64 => "f64",
            DType.F16 => "f16",
            _ => "bf16",
        };
    }

    /// <summary>The element type that the CLR type <typeparamref name="T"/> stores.</summary>
    /// <exception cref="NotSupportedException">No tensor stores <typeparamref name="T"/>.</exception>
    public static DType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.F32
        : typeof(T) == typeof(double) ? DType.F64
        : typeof(T) == typeof(int) ? DType.I32
        : typeof(T) == typeof(long) ? DType.I64
        : typeof(T) == typeof(byte) ? DType.U8
        : typeof(T) == typeof(bool) ? DType.Bool
        : typeof(T) == typeof(Half) ? DType.F16
        : typeof(T) == typeof(BFloat16) ? DType.BF16
        : throw new NotSupportedException($"no tensor stores {typeof(T).Name}: use float, double, Half, BFloat16, int, long, byte or bool");
}
