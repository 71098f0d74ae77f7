using LanguageExt.Common;

namespace Functional.Interpreter;

/// <summary>The first node of a program at which a value became NaN or infinite.</summary>
public sealed record NonFinite : Expected
{
    internal NonFinite(Expr node, string problem, string where) : base($"{problem}{where}\n{Prelude.why(node)}", 0) => Node = node;

    /// <summary>The node whose value is not finite though what it reads is; in the adjoint graph, an adjoint.</summary>
    public Expr Node { get; }

    /// <summary>The node that it came from, where a transformation made it: of an adjoint, the forward node. Itself, where the user built it.</summary>
    public Expr Forward => Node.Origin?.Node ?? Node;

    /// <summary>The line of the program on which the forward node was built, where lines were recorded.</summary>
    public SourceLocation? Location => Node.Location;
}
