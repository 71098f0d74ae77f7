using System.Runtime.CompilerServices;

namespace Functional;

/// <summary>
/// Nodes numbered by identity, in the order in which they come: a hash table with open addresses, at most half full, that holds numbers and
/// hash codes only, so that a look seldom leaves it.
/// </summary>
internal sealed class Numbering
{
    private Expr[] nodes = new Expr[16];
    private (int Hash, int Next)[] slots = new (int, int)[32];

    /// <summary>How many nodes have a number.</summary>
    public int Count { get; private set; }

    /// <summary>The node of a number.</summary>
    public Expr this[int number] => nodes[number];

    /// <summary>The node's number; <see cref="Count"/> as it was, where the node had none.</summary>
    public int Of(Expr node)
    {
        if (Count == nodes.Length) Grow();
        var hash = RuntimeHelpers.GetHashCode(node);
        ref var slot = ref Slot(node, hash);
        if (slot.Next > 0) return slot.Next - 1;
        nodes[Count] = node;
        slot = (hash, ++Count);
        return Count - 1;
    }

    /// <summary>The node's number, or −1.</summary>
    public int Find(Expr node) => Slot(node, RuntimeHelpers.GetHashCode(node)).Next - 1;

    /// <summary>Where the node's number stands or would stand; a number is kept plus one, so that 0 is none.</summary>
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
        var wider = new (int Hash, int Next)[slots.Length * 2];
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
