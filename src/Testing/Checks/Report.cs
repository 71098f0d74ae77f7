using System.Collections.Immutable;

namespace Functional.Testing;

/// <summary>What laws found of a function: every comparison, those that fail first when printed.</summary>
public sealed class Report
{
    internal Report(IEnumerable<Finding> findings) => Findings = [.. findings];

    /// <summary>Every comparison.</summary>
    public ImmutableArray<Finding> Findings { get; }

    /// <summary>The comparisons that fail.</summary>
    public ImmutableArray<Finding> Failures => [.. Findings.Where(c => !c.Holds)];

    /// <summary>Whether none fails.</summary>
    public bool Holds => Findings.All(c => c.Holds);

    /// <summary>These comparisons and those.</summary>
    public Report Concat(Report other) => new(Findings.Concat(other.Findings));

    /// <summary>Nothing, where every comparison holds: the form for test code.</summary>
    /// <exception cref="BrokenLaw">A comparison fails.</exception>
    public void OrThrow()
    {
        if (!Holds) throw new BrokenLaw(this);
    }

    /// <summary>The comparisons that fail, a line each; or how many hold.</summary>
    public override string ToString() => Holds
        ? $"all {Findings.Length} comparisons hold"
        : $"{Failures.Length} of {Findings.Length} comparisons fail:\n{string.Join("\n", Failures)}";
}

/// <summary>A law that a function breaks. The message is the report.</summary>
public sealed class BrokenLaw(Report report) : Exception(report.ToString())
{
    /// <summary>All that was compared.</summary>
    public Report Report => report;
}
