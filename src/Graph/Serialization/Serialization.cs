using System.Collections.Immutable;
using System.IO.Hashing;
using LanguageExt;
using LanguageExt.Common;

namespace Functional;

/// <summary>
/// Functions as bytes. A file is: <c>FnGr</c>; the version of the format; the signatures of the ops used; the functions, those that ops own
/// before the ops that own them, each once, the last the file's own; and XXH128 of all that. A function is its parameters (name, type), its
/// nodes, inputs first (op, fields; an input by how many nodes back it stands), and its results. Where nodes came from is not kept. The same
/// function gives the same bytes in every process.
/// </summary>
internal static class Serialization
{
    private const ulong Version = 1;
    private const int ChecksumBytes = 16;

    private static ReadOnlySpan<byte> Magic => "FnGr"u8;

    public static byte[] Write(Function f)
    {
        var (writer, functions) = (new GraphWriter(), CalleesFirst(f));
        var to = writer.To;
        to.Bytes(Magic);
        to.Unsigned(Version);
        ImmutableArray<Fields> ops = [.. functions.SelectMany(g => g.Nodes).Where(n => n.Op is not Variable).Select(n => OpTable.Of(n.Op)).Distinct()];
        var numbers = new Dictionary<Fields, int>();
        to.Count(ops.Length);
        foreach (var op in ops)
        {
            numbers.Add(op, numbers.Count);
            to.Text(op.Signature);
        }
        to.Count(functions.Length);
        foreach (var g in functions)
        {
            Write(g, writer, numbers);
            writer.Functions.Add(g, writer.Functions.Count);
        }
        return [.. to.Written, .. XxHash128.Hash(to.Written)];
    }

    private static void Write(Function f, GraphWriter writer, Dictionary<Fields, int> numbers)
    {
        var to = writer.To;
        writer.Nodes.Clear();
        to.Count(f.Parameters.Length);
        foreach (var p in f.Parameters)
        {
            OpTable.Of(p.Op).Write(writer, p.Op);
            writer.Nodes.Add(p, writer.Nodes.Count);
        }
        to.Count(f.Nodes.Count(n => n.Op is not Variable));
        foreach (var node in f.Nodes)
        {
            if (node.Op is Variable) continue;
            var fields = OpTable.Of(node.Op);
            to.Count(numbers[fields]);
            fields.Write(writer, node.Op);
            writer.Nodes.Add(node, writer.Nodes.Count);
        }
        to.Count(f.Results.Length);
        foreach (var result in f.Results) writer.Node(result);
    }

    /// <summary>A function and all that its ops own, each once, those that are called before those that call them.</summary>
    private static ImmutableArray<Function> CalleesFirst(Function f)
    {
        var (order, seen, stack) = (ImmutableArray.CreateBuilder<Function>(), new System.Collections.Generic.HashSet<Function> { f }, new Stack<(Function F, Queue<Function> Callees)>());
        stack.Push((f, Callees(f)));
        while (stack.TryPeek(out var top))
        {
            if (!top.Callees.TryDequeue(out var callee)) order.Add(stack.Pop().F);
            else if (seen.Add(callee)) stack.Push((callee, Callees(callee)));
        }
        return order.ToImmutable();
    }

    private static Queue<Function> Callees(Function f) => new(f.Nodes.Where(n => n.Op is Control).SelectMany(n => n.Op.Functions()));

    public static Fin<Function> Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return ReadAll(bytes);
        }
        catch (Exception e) when (e is InvalidDataException or ShapeError or OverflowException or ArgumentException or ArithmeticException or IndexOutOfRangeException)
        {
            return Error.New($"the serialized function {(e is InvalidDataException ? e.Message : $"holds a node that cannot be: {e.Message}")}");
        }
    }

    private static Function ReadAll(ReadOnlyMemory<byte> bytes)
    {
        var header = new ByteReader(bytes);
        if (bytes.Length < Magic.Length || !header.Bytes(Magic.Length).SequenceEqual(Magic)) throw new InvalidDataException("does not begin with FnGr: it is something else");
        var version = header.Unsigned();
        if (version != Version) throw new InvalidDataException($"is of version {version}, but this library reads version {Version}: use the library that wrote it, or write it again");
        if (header.Left < ChecksumBytes) throw new InvalidDataException($"ends at byte {bytes.Length}, before its checksum");
        var body = bytes[..^ChecksumBytes];
        if (!XxHash128.Hash(body.Span).AsSpan().SequenceEqual(bytes.Span[^ChecksumBytes..])) throw new InvalidDataException("does not have the checksum that it states: it was cut off or changed");
        var from = new ByteReader(body);
        from.Bytes(bytes.Length - header.Left);
        var ops = new Fields[from.Count()];
        for (var i = 0; i < ops.Length; i++) ops[i] = Known(from.Text());
        var reader = new GraphReader(from);
        for (var count = from.Count(); reader.Functions.Count < count;) reader.Functions.Add(ReadFunction(reader, ops));
        if (from.Left > 0) throw new InvalidDataException($"goes on for {from.Left} bytes after its end");
        return reader.Functions.Count > 0 ? reader.Functions[^1] : throw new InvalidDataException("holds no function");
    }

    private static Function ReadFunction(GraphReader reader, Fields[] ops)
    {
        var from = reader.From;
        reader.Nodes.Clear();
        for (var count = from.Count(); reader.Nodes.Count < count;) reader.Nodes.Add(Expr.Of((Op)OpTable.ByType[typeof(Variable)].Read(reader)));
        ImmutableArray<Expr> parameters = [.. reader.Nodes];
        for (var count = from.Count(); count > 0; count--)
        {
            var number = from.Unsigned();
            if (number >= (ulong)ops.Length) throw new InvalidDataException($"has a node of op {number}, but its table holds {ops.Length}");
            reader.Nodes.Add(Expr.Of((Op)ops[number].Read(reader)));
        }
        var results = ImmutableArray.CreateBuilder<Expr>(from.Count());
        while (results.Count < results.Capacity) results.Add(reader.Node());
        return new(parameters, results.MoveToImmutable());
    }

    private static Fields Known(string signature)
    {
        if (OpTable.BySignature.TryGetValue(signature, out var known)) return known;
        var name = signature.Split('(')[0];
        var now = OpTable.ByType.Values.FirstOrDefault(f => f.Signature.StartsWith($"{name}(", StringComparison.Ordinal));
        throw new InvalidDataException(now is null ? $"uses the op {signature}, which this library does not know: use a later one"
            : $"uses {signature}, but here that is {now.Signature}: use the library that wrote it");
    }
}

public static partial class Prelude
{
    /// <summary>
    /// A function as bytes: graph, constants, and the functions that it calls, each once; sharing is kept, origins are not. The same function
    /// gives the same bytes in every process and on every machine. See <see cref="deserialize"/>.
    /// </summary>
    public static byte[] serialize(Function f) => Serialization.Write(f);

    /// <summary>
    /// The function that <see cref="serialize"/> made the bytes from: of the same structural hash, with the same names and the same sharing. Bytes
    /// that are cut off, changed, of another version, or that use an op that is not known here, are an error that says so; bytes from anyone
    /// may be read, for no length in them is believed.
    /// </summary>
    public static Fin<Function> deserialize(ReadOnlyMemory<byte> bytes) => Serialization.Read(bytes);
}
