using System.Collections.Immutable;

namespace Functional;

/// <summary>The functions of any op.</summary>
internal static class Owned
{
    /// <summary>The functions that an op owns; none, unless it is a <see cref="Control"/>.</summary>
    public static ImmutableArray<Function> Functions(this Op op) => op is Control c ? c.Bodies : [];
}
