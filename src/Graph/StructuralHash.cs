using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Functional;

/// <summary>
/// The Merkle hash of a graph: kind, attributes and the inputs' hashes, 128 bits (XXH128), the same in every process and on every machine.
/// A parameter of a function is hashed by its position, a free variable by its name.
/// </summary>
public static class StructuralHash
{
    /// <summary>The hash of a closed function, the same for functions equal up to the renaming of parameters.</summary>
    public static UInt128 Of(Function f)
    {
        var (hashes, text) = (new UInt128[f.Walk.Count], new Text());
        for (var i = 0; i < f.Parameters.Length; i++)
            if (f.Walk.PlaceOf(f.Parameters[i]) is var place and >= 0) hashes[place] = text.Add($"parameter {i}").Add(f.Parameters[i].Type.ToString()).Hash();
        for (var place = 0; place < hashes.Length; place++)
            if (f.Walk.Nodes[place].Op is not Variable) hashes[place] = Of(f.Walk, place, hashes, text);
        text.Add($"function {string.Join(";", f.Parameters.Select(p => p.Type))}");
        foreach (var hash in f.Walk.AtRoots(hashes)) text.Add(hash);
        return text.Hash();
    }

    /// <summary>The hash of an expression, whose free variables count by name and type.</summary>
    public static UInt128 Of(Expr root)
    {
        var walk = new Walk(root);
        var (hashes, text) = (new UInt128[walk.Count], new Text());
        for (var place = 0; place < hashes.Length; place++) hashes[place] = Of(walk, place, hashes, text);
        return hashes[^1];
    }

    private static UInt128 Of(Walk walk, int place, UInt128[] hashes, Text text)
    {
        var op = walk.Nodes[place].Op;
        text.Add(op.Name);
        foreach (var attribute in op.Attributes)
        {
            text.Add(attribute.Name);
            if (attribute.Value is Literal literal) text.Add(literal.Type.ToString()).Add(literal.Bytes);
            else text.Add(attribute.Value.ToString()!);
        }
        foreach (var input in walk.InputsOf(place)) text.Add(hashes[input]);
        return text.Hash();
    }

    /// <summary>What is hashed: texts, each after its length in bytes, and bits as they are.</summary>
    private sealed class Text
    {
        private byte[] bytes = new byte[256];
        private int count;

        public Text Add(string text)
        {
            var room = Room(sizeof(int) + Encoding.UTF8.GetMaxByteCount(text.Length));
            var length = Encoding.UTF8.GetBytes(text, room[sizeof(int)..]);
            BitConverter.TryWriteBytes(room, length);
            count += sizeof(int) + length;
            return this;
        }

        public Text Add(ReadOnlySpan<byte> bits)
        {
            bits.CopyTo(Room(bits.Length));
            count += bits.Length;
            return this;
        }

        public void Add(UInt128 hash) => Add(MemoryMarshal.AsBytes(new ReadOnlySpan<UInt128>(in hash)));

        /// <summary>The hash of what was added, which goes.</summary>
        public UInt128 Hash()
        {
            var hash = XxHash128.HashToUInt128(bytes.AsSpan(0, count));
            count = 0;
            return hash;
        }

        private Span<byte> Room(int more)
        {
            if (bytes.Length - count < more) Array.Resize(ref bytes, Math.Max(bytes.Length * 2, count + more));
            return bytes.AsSpan(count);
        }
    }
}
