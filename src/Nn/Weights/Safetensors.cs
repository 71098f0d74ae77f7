using System.Buffers.Binary;
using System.Text.Json;
using Functional.Interpreter;
using LanguageExt;
using LanguageExt.Common;

namespace Functional.Nn;

/// <summary>
/// Tensors by name in a safetensors file (github.com/huggingface/safetensors): the header's length (8 bytes, little-endian), a JSON header,
/// then the elements, row-major and little-endian, without gaps.
/// </summary>
public static class Safetensors
{
    private const int LongestHeader = 100_000_000;
    private const string Metadata = "__metadata__";

    private sealed record Entry(string Name, TensorType Type, long Begin, long End);

    /// <summary>Writes the tensors to a temporary file beside <paramref name="path"/>, flushes it to the disk and renames it: a crash leaves the old file or the new one.</summary>
    /// <returns>The path, or what kept the file from being written.</returns>
    public static Fin<string> Save(string path, Params<Tensor> tensors)
    {
        if (tensors.Contains(Metadata)) return Error.New($"{Metadata} is the format's own name: give the tensor another");
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew))
            {
                Write(file, tensors);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            return Error.New($"{path} cannot be written: {e.Message}");
        }
    }

    /// <summary>The tensors of a file, all or none.</summary>
    public static Fin<Params<Tensor>> Load(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return Parse(path, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException or ShapeError or OverflowException)
        {
            return Error.New($"{path} cannot be read as safetensors: {e.Message}");
        }
    }

    private static void Write(Stream file, Params<Tensor> tensors)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            var at = 0L;
            foreach (var (name, tensor) in tensors)
            {
                writer.WriteStartObject(name);
                writer.WriteString("dtype", Name(tensor.DType));
                writer.WriteStartArray("shape");
                for (var axis = 0; axis < tensor.Shape.Rank; axis++) writer.WriteNumberValue(tensor.Shape[axis]);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(at);
                writer.WriteNumberValue(at += tensor.Type.Bytes);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        while (json.Length % 8 != 0) json.WriteByte((byte)' ');
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        json.WriteTo(file);
        foreach (var tensor in tensors.Values) file.Write(tensor.Bytes);
    }

    private static Params<Tensor> Parse(string path, FileStream file)
    {
        Span<byte> prefix = stackalloc byte[8];
        file.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        Require(length <= LongestHeader && (long)length <= file.Length - 8, $"a header of {length:N0} bytes does not fit a file of {file.Length:N0}");
        var header = new byte[(int)length];
        file.ReadExactly(header);
        using var json = JsonDocument.Parse(header);
        Require(json.RootElement.ValueKind == JsonValueKind.Object, "the header is not a JSON object");

        var entries = json.RootElement.EnumerateObject().Where(p => p.Name != Metadata).Select(Describe).OrderBy(e => e.Begin).ThenBy(e => e.End).ToList();
        Require(entries.Select(e => e.Name).Distinct(StringComparer.Ordinal).Count() == entries.Count, "a name stands twice");
        var at = 0L;
        foreach (var entry in entries)
        {
            Require(entry.Begin == at, $"{entry.Name} begins at byte {entry.Begin} of the data, but the tensor before it ends at {at}");
            at = entry.End;
        }
        Require(at == file.Length - 8 - header.Length, $"the tensors take {at:N0} bytes, but {file.Length - 8 - header.Length:N0} follow the header");
        return Params<Tensor>.Of(entries.Select(e => KeyValuePair.Create(e.Name, Read(file, e))).ToList());
    }

    private static Entry Describe(JsonProperty property)
    {
        var (name, value) = (property.Name, property.Value);
        Require(value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)
            .SequenceEqual(["data_offsets", "dtype", "shape"]), $"{name} needs dtype, shape and data_offsets, once each, and nothing else");
        var text = value.GetProperty("dtype").GetString();
        var found = DTypes.All.Where(d => string.Equals(Name(d), text, StringComparison.Ordinal)).ToList();
        Require(found.Count == 1, $"{name} has dtype {text}; F32, F64, I64, I32, U8 and BOOL are read");
        var shape = value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32()).ToArray();
        var offsets = value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64()).ToArray();
        Require(offsets is [>= 0, _] && offsets[1] >= offsets[0], $"{name}: data_offsets must be [begin, end] with 0 ≤ begin ≤ end");
        Require(shape.All(d => d >= 0), $"{name}: a dimension is negative");
        var bytes = shape.Contains(0) ? 0 : shape.Aggregate((double)found[0].Size, (size, d) => size * d);
        Require(bytes == offsets[1] - offsets[0] && bytes < int.MaxValue - 64, $"{name}: its shape takes {bytes:N0} bytes, its offsets span {offsets[1] - offsets[0]:N0}");
        return new(name, new(found[0], Shape.Of([.. shape])), offsets[0], offsets[1]);
    }

    private static Tensor Read(FileStream file, Entry entry)
    {
        var host = new HostStorage(entry.Type.Bytes);
        file.ReadExactly(host.Span);
        Require(entry.Type.DType != DType.Bool || host.Span.IndexOfAnyExcept((byte)0, (byte)1) < 0, $"{entry.Name}: a BOOL is neither 0 nor 1");
        return new(entry.Type, host);
    }

    private static string Name(DType type) => type.Text.ToUpperInvariant();

    private static void Require(bool holds, string message)
    {
        if (!holds) throw new FormatException(message);
    }
}
