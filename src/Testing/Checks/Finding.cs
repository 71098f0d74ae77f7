namespace Functional.Testing;

/// <summary>Two numbers that a law compares: of all that it compares in one place, those that differ most.</summary>
/// <param name="Law">The law's name.</param>
/// <param name="Of">What it speaks of: <c>f</c>, or <c>the forward derivative of f</c>.</param>
/// <param name="Place">Which element of which result, and which arguments it was moved by.</param>
/// <param name="Expected">What the law asks for.</param>
/// <param name="Actual">What was computed.</param>
/// <param name="Tolerance">How far they may differ.</param>
/// <param name="Hint">What may be the cause, where there is something to say.</param>
public sealed record Finding(string Law, string Of, string Place, double Expected, double Actual, double Tolerance, string? Hint = null)
{
    /// <summary>Whether the two are as near as they must be. Two NaN are.</summary>
    public bool Holds => Expected.Equals(Actual) || Math.Abs(Expected - Actual) <= Tolerance;

    /// <summary>All of it in one line.</summary>
    public override string ToString() =>
        $"{Law}, of {Of}: {Place} is {Actual:R}{(Holds ? "" : $", not {Expected:R} (tolerance {Tolerance:G2})")}{(Hint is null ? "" : $". {Hint}")}";
}
