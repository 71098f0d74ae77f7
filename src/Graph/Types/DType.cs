namespace Functional;

/// <summary>The type of a tensor's elements.</summary>
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
}

/// <summary>What is true of element types.</summary>
public static class DTypes
{
    /// <summary>All element types, narrowest first.</summary>
    public static ValueArray<DType> All => [DType.Bool, DType.U8, DType.I32, DType.I64, DType.F32, DType.F64];

    extension(DType type)
    {
        /// <summary>Bytes per element.</summary>
        public int Size => type switch
        {
            DType.Bool or DType.U8 => 1,
            DType.I32 or DType.F32 => 4,
            _ => 8,
        };

        /// <summary>Whether values are floating-point: only these have derivatives.</summary>
        public bool IsFloat => type is DType.F32 or DType.F64;

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
            _ => "f64",
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
        : throw new NotSupportedException($"no tensor stores {typeof(T).Name}: use float, double, int, long, byte or bool");
}
