namespace Functional;

public sealed partial class Expr
{
    /// <summary>
    /// Null for a node that nothing is known of; the user's line, boxed, where lines are recorded; <see cref="Built"/> or an
    /// <see cref="Functional.Origin"/> once it is settled who made the node.
    /// </summary>
    private object? provenance = Recording.Line();

    /// <summary>The rule that made this node, and the node it came from; null for what the user built.</summary>
    public Origin? Origin => provenance as Origin;

    /// <summary>
    /// The line of the user's program that built this node, or the node that it came from; null where lines were not recorded (see
    /// <c>traced</c>) or the program has no debug information.
    /// </summary>
    public SourceLocation? Location => Source.provenance switch
    {
        SourceLocation line => line,
        Built built => built.At,
        _ => null,
    };

    /// <summary>The user's own node from which this one came, through however many transformations; itself, where the user built it.</summary>
    public Expr Source
    {
        get
        {
            var node = this;
            while (node.Origin is { } origin) node = origin.Node;
            return node;
        }
    }

    /// <summary>Whether it is open who made this node. A variable is nobody's but the user's.</summary>
    internal bool IsUnsettled => provenance is null or SourceLocation && Op is not Variable;

    internal void Settle()
    {
        if (provenance is null) provenance = Built.Somewhere;
        else if (provenance is SourceLocation line) provenance = new Built(line);
    }

    internal void MadeBy(Origin origin) => provenance = origin;

    /// <summary>Lets this node, a copy of another, come from where that came from.</summary>
    internal Expr Like(Expr other)
    {
        provenance = other.provenance switch
        {
            Built { At: var line } => line,
            var same => same,
        };
        return this;
    }

    /// <summary>Lets this image of another node come from the image of where that came from, where this is the same op.</summary>
    internal void Follow(Expr other, Expr image)
    {
        if (!ReferenceEquals(this, other) && provenance is Origin origin && !ReferenceEquals(origin.Node, image) && origin.Node.Op.GetType() == image.Op.GetType())
            provenance = origin with { Node = image };
    }

    /// <summary>Built by the user, on a line that may be known.</summary>
    private sealed record Built(SourceLocation? At)
    {
        public static Built Somewhere { get; } = new((SourceLocation?)null);
    }
}
