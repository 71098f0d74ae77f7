namespace Functional.Interpreter.Arithmetic;

/// <summary>A floating-point format of 16 bits, in lanes of f32.</summary>
public interface IHalfFloat
{
    /// <summary>From its bits, as integers as wide as f32, to the same numbers.</summary>
    static abstract V Widened<V>(V bits) where V : struct, ILanes<V, float>;

    /// <summary>The nearest numbers that it has, ties to even.</summary>
    static abstract V Round<V>(V x) where V : struct, ILanes<V, float>;

    /// <summary>From numbers that it has to its bits, as integers as wide as f32.</summary>
    static abstract V Bits<V>(V x) where V : struct, ILanes<V, float>;
}
