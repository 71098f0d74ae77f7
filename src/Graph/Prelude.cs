namespace Functional;

/// <summary>
/// The verbs of the language: <c>using static Functional.Prelude;</c>. Each stands in the file of what it makes, so that an op, its law and its
/// verb are read together.
/// </summary>
public static partial class Prelude;

/// <summary>The scalar functions, each a struct that is the whole of it: name, value and derivative.</summary>
public static partial class Functions;
