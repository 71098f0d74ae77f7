namespace PropertyTests.Interpreters;

/// <summary>Memory as devices give it, whose first byte lies at a multiple of the widest access's bytes.</summary>
internal static class AlignedMemory
{
    private const int Alignment = 16;

    /// <summary>So many bytes from such a multiple on, or from so many bytes behind one.</summary>
    public static unsafe Memory<byte> Of(int bytes, int behind = 0)
    {
        var array = GC.AllocateArray<byte>(bytes + (2 * Alignment), pinned: true);
        fixed (byte* first = array) return array.AsMemory((int)((Alignment - ((nint)first % Alignment)) % Alignment) + behind, bytes);
    }

    /// <summary>Some bytes there.</summary>
    public static Memory<byte> Of(ReadOnlySpan<byte> bytes)
    {
        var memory = Of(bytes.Length);
        bytes.CopyTo(memory.Span);
        return memory;
    }
}
