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
        var position = f.Parameters.Select((p, i) => (p, i)).ToDictionary(x => x.p, x => x.i);
        var hashes = new Dictionary<Expr, UInt128>();
        foreach (var node in f.Nodes)
            hashes[node] = position.TryGetValue(node, out var i) ? Leaf($"parameter {i}", node.Type) : Of(node, hashes);
        var all = new XxHash128();
        Append(all, $"function {string.Join(";", f.Parameters.Select(p => p.Type))}");
        foreach (var r in f.Results) Append(all, hashes[r]);
        return all.GetCurrentHashAsUInt128();
    }

    /// <summary>The hash of an expression, whose free variables count by name and type.</summary>
    public static UInt128 Of(Expr root)
    {
        var hashes = new Dictionary<Expr, UInt128>();
        foreach (var node in Fold.PostOrder(root)) hashes[node] = Of(node, hashes);
        return hashes[root];
    }

    private static UInt128 Of(Expr node, Dictionary<Expr, UInt128> hashes)
    {
        var hash = new XxHash128();
        Append(hash, node.Op.Name);
        foreach (var attribute in node.Op.Attributes)
        {
            Append(hash, attribute.Name);
            if (attribute.Value is Literal literal)
            {
                Append(hash, literal.Type.ToString());
                hash.Append(literal.Bytes);
            }
            else
            {
                Append(hash, attribute.Value.ToString()!);
            }
        }
        foreach (var input in node.Inputs) Append(hash, hashes[input]);
        return hash.GetCurrentHashAsUInt128();
    }

    private static UInt128 Leaf(string name, TensorType type)
    {
        var hash = new XxHash128();
        Append(hash, name);
        Append(hash, type.ToString());
        return hash.GetCurrentHashAsUInt128();
    }

    private static void Append(XxHash128 hash, string text)
    {
        Span<byte> length = stackalloc byte[4];
        var bytes = Encoding.UTF8.GetBytes(text);
        BitConverter.TryWriteBytes(length, bytes.Length);
        hash.Append(length);
        hash.Append(bytes);
    }

    private static void Append(XxHash128 hash, UInt128 value) =>
        hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<UInt128>(in value)));
}
