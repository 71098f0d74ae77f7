namespace Functional.Testing;

/// <summary>An interval of numbers.</summary>
internal readonly record struct Interval(double From, double To)
{
    /// <summary>n numbers evenly spread within, ends excluded.</summary>
    public double[] Points(int n)
    {
        var (from, step) = (From, (To - From) / (n + 1));
        return [.. Enumerable.Range(1, n).Select(i => from + i * step)];
    }
}

/// <summary>Where each elementwise function is smooth: intervals that keep a distance from its kinks, poles and the ends of its domain.</summary>
internal static class Domains
{
    /// <summary>For a function of one argument, by the name of its struct.</summary>
    public static IReadOnlyDictionary<string, Interval[]> Unary { get; } = new Dictionary<string, Interval[]>
    {
        ["Abs"] = [new(-3, -0.2), new(0.2, 3)],
        ["Acos"] = [new(-0.9, 0.9)],
        ["Acosh"] = [new(1.2, 6)],
        ["Asin"] = [new(-0.9, 0.9)],
        ["Asinh"] = [new(-4, 4)],
        ["Atan"] = [new(-4, 4)],
        ["Atanh"] = [new(-0.9, 0.9)],
        ["Cbrt"] = [new(-4, -0.3), new(0.3, 4)],
        ["Ceil"] = [new(-1.9, -1.1), new(0.1, 0.9)],
        ["Cos"] = [new(-4, 4)],
        ["Cosh"] = [new(-2, 2)],
        ["Erf"] = [new(-2.5, 2.5)],
        ["ErfInv"] = [new(-0.9, 0.9)],
        ["Erfc"] = [new(-2.5, 2.5)],
        ["Exp"] = [new(-3, 2)],
        ["Exp2"] = [new(-3, 3)],
        ["Expm1"] = [new(-3, 2)],
        ["Floor"] = [new(-1.9, -1.1), new(0.1, 0.9)],
        ["Log"] = [new(0.3, 5)],
        ["Log1p"] = [new(-0.6, 4)],
        ["Log2"] = [new(0.3, 5)],
        ["Logistic"] = [new(-5, 5)],
        ["Neg"] = [new(-3, 3)],
        ["Relu"] = [new(-3, -0.2), new(0.2, 3)],
        ["Round"] = [new(-0.4, 0.4), new(0.6, 1.4)],
        ["Rsqrt"] = [new(0.3, 5)],
        ["Sign"] = [new(-3, -0.2), new(0.2, 3)],
        ["Sin"] = [new(-4, 4)],
        ["Sinh"] = [new(-2, 2)],
        ["Softplus"] = [new(-5, 5)],
        ["Sqrt"] = [new(0.3, 5)],
        ["Tan"] = [new(-1.1, 1.1)],
        ["Tanh"] = [new(-3, 3)],
    };

    /// <summary>For a function of two arguments.</summary>
    public static IReadOnlyDictionary<string, (Interval X, Interval Y)[]> Binary { get; } = new Dictionary<string, (Interval, Interval)[]>
    {
        ["Add"] = [(new(-3, 3), new(-3, 3))],
        ["Atan2"] = [(new(0.3, 3), new(-3, 3)), (new(-3, 3), new(0.3, 3))],
        ["Div"] = [(new(-3, 3), new(-3, -0.5)), (new(-3, 3), new(0.5, 3))],
        ["LogAddExp"] = [(new(-3, 3), new(-3, 3))],
        ["Max"] = [(new(-3, -0.2), new(0.2, 3)), (new(0.2, 3), new(-3, -0.2))],
        ["Min"] = [(new(-3, -0.2), new(0.2, 3)), (new(0.2, 3), new(-3, -0.2))],
        ["Mul"] = [(new(-3, 3), new(-3, 3))],
        ["Pow"] = [(new(0.3, 3), new(-2, 3))],
        ["Rem"] = [(new(2.1, 2.9), new(0.95, 1.05)), (new(-3.8, -3.2), new(0.95, 1.05)), (new(5.2, 5.8), new(-2.05, -1.95))],
        ["Sub"] = [(new(-3, 3), new(-3, 3))],
    };
}
