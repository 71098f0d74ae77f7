using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Functional;

/// <summary>
/// The places of nodes by identity, given in the order in which they come: a hash table with open addresses, at most half full, that holds
/// places and hash codes only, so that a look seldom leaves it.
/// </summary>
internal sealed class Places
{
    private Expr[] nodes = new Expr[16];
    private (int Hash, int Next)[] slots = new (int, int)[32];
    private int count;

    /// <summary>The node's place, or −1 where it has none.</summary>
    public int Of(Expr node) => Slot(node, node.GetHashCode()).Next - 1;

    /// <summary>Gives the next place to a node that has none.</summary>
    public int Add(Expr node)
    {
        if (count == nodes.Length) Grow();
        var hash = node.GetHashCode();
        Slot(node, hash) = (hash, count + 1);
        nodes[count] = node;
        return count++;
    }

    /// <summary>The nodes by place, when all have been added.</summary>
    public ImmutableArray<Expr> Nodes()
    {
        Array.Resize(ref nodes, count);
        return ImmutableCollectionsMarshal.AsImmutableArray(nodes);
    }

    /// <summary>Where the node's place is kept, plus one, or would be: 0 is none.</summary>
    private ref (int Hash, int Next) Slot(Expr node, int hash)
    {
        for (var at = hash & (slots.Length - 1); ; at = (at + 1) & (slots.Length - 1))
        {
            ref var slot = ref slots[at];
            if (slot.Next == 0 || (slot.Hash == hash && ReferenceEquals(nodes[slot.Next - 1], node))) return ref slot;
        }
    }

    private void Grow()
    {
        Array.Resize(ref nodes, nodes.Length * 2);
        var wider = new (int Hash, int Next)[nodes.Length * 2];
        foreach (var slot in slots)
        {
            if (slot.Next == 0) continue;
            var at = slot.Hash & (wider.Length - 1);
            while (wider[at].Next != 0) at = (at + 1) & (wider.Length - 1);
            wider[at] = slot;
        }
        slots = wider;
    }
}
