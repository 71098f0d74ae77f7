namespace Functional.Interpreter.Arithmetic;

/// <summary>
/// Names the function of graphs that a method of <see cref="Lanes"/> computes, and how far its results may be from the true ones, in ulps: units
/// in the last place of the true value, rounded. 0 says that results are those of the function's own scalar form, bit for bit.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ComputesAttribute(string name) : System.Attribute
{
    /// <summary>The name in graphs.</summary>
    public string Name { get; } = name;

    /// <summary>The bound in f32.</summary>
    public double Single { get; init; }

    /// <summary>The bound in f64.</summary>
    public double Double { get; init; }
}
