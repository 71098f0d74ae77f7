using System.Numerics;

namespace Functional.Interpreter.Gpu.Code;

/// <summary>
/// The memory of a run of a kernel, and who has read and written what: it finds indices that are out of bounds, and races, which are two
/// accesses of an element, one of them a write, by threads of a group that have not met in between, or by two groups.
/// </summary>
internal sealed unsafe class Accesses
{
    private readonly KernelCode code;
    private readonly Piece[] arguments;
    private readonly Dictionary<SharedArray, Piece> shared = [];
    private int group;
    private int meetings;

    public Accesses(KernelCode code, ReadOnlySpan<(nint Address, long Bytes)> memory)
    {
        this.code = code;
        arguments = Overlapping(code, memory);
    }

    /// <summary>Who accessed an element last; groups and meetings count from 1.</summary>
    private struct Mark
    {
        public int Group, Meeting, Thread;

        /// <summary>Whether other groups did, too, and other threads since the meeting.</summary>
        public bool IsOfGroups, IsOfThreads;

        /// <summary>Whether a thread may not do what excludes this.</summary>
        public readonly bool Hinders(int group, int meeting, int thread) =>
            Group != 0 && (IsOfGroups || Group != group || (Meeting == meeting && (IsOfThreads || Thread != thread)));

        public void Add(int group, int meeting, int thread)
        {
            IsOfGroups |= Group != 0 && Group != group;
            IsOfThreads = Group == group && Meeting == meeting && (IsOfThreads || Thread != thread);
            (Group, Meeting, Thread) = (group, meeting, thread);
        }
    }

    /// <summary>Marks of memory, one for so many bytes each.</summary>
    private sealed class Region(nint start, long bytes, int unit)
    {
        private readonly (Mark Read, Mark Written)[] marks = new (Mark, Mark)[(bytes + unit - 1) / unit];

        public Span<(Mark Read, Mark Written)> At(byte* element, int size) => marks.AsSpan((int)((element - (byte*)start) / unit), size / unit);
    }

    /// <summary>Elements, and the array that they lie in, where it is ours to keep.</summary>
    private sealed record Piece(nint Address, long Length, Region Region, byte[]? Owned = null);

    /// <summary>Pieces of memory; those that overlap have marks in common.</summary>
    private static Piece[] Overlapping(KernelCode code, ReadOnlySpan<(nint Address, long Bytes)> memory)
    {
        var (pieces, given) = (new Piece[memory.Length], memory.ToArray());
        int[] order = [.. Enumerable.Range(0, given.Length).OrderBy(i => given[i].Address)];
        for (int first = 0, next; first < order.Length; first = next)
        {
            var (start, end, unit) = (given[order[first]].Address, (long)given[order[first]].Address, 8L);
            for (next = first; next < order.Length && (next == first || given[order[next]].Address < end); next++)
            {
                var (address, bytes) = given[order[next]];
                end = Math.Max(end, address + bytes);
                foreach (var n in (long[])[address - start, code.Arguments[order[next]].Size]) unit = (long)BigInteger.GreatestCommonDivisor(unit, n);
            }
            var region = new Region(start, end - start, (int)unit);
            foreach (var i in order[first..next]) pieces[i] = new(given[i].Address, given[i].Bytes / code.Arguments[i].Size, region);
        }
        return pieces;
    }

    /// <summary>The next group, whose shared memory holds nothing yet.</summary>
    public void Begin(int next)
    {
        (group, meetings) = (next + 1, 1);
        foreach (var array in code.Shared)
        {
            var bytes = GC.AllocateArray<byte>(array.Length * array.Type.Size, pinned: true);
            var address = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref bytes[0]);
            shared[array] = new(address, array.Length, new(address, bytes.Length, array.Type.Size), bytes);
        }
    }

    public void Meet() => meetings++;

    public long Read(Memory of, long index, int thread)
    {
        var element = Element(of, index, thread, "reads", out var marks);
        foreach (ref var mark in marks)
        {
            if (mark.Written.Hinders(group, meetings, thread)) throw Fault(thread, $"reads {Text(of, index)}, which {Another(mark.Written)} has written");
            if (of is SharedArray && mark.Written.Group == 0) throw Fault(thread, $"reads {Text(of, index)}, which no thread has written");
            mark.Read.Add(group, meetings, thread);
        }
        return of.Type.Size switch { 2 => *(ushort*)element, 4 => *(int*)element, 8 => *(long*)element, _ => *element };
    }

    public void Write(Memory to, long index, long value, int thread)
    {
        var element = Element(to, index, thread, "writes", out var marks);
        foreach (ref var mark in marks)
        {
            if (mark.Written.Hinders(group, meetings, thread)) throw Fault(thread, $"writes {Text(to, index)}, which {Another(mark.Written)} has written");
            if (mark.Read.Hinders(group, meetings, thread)) throw Fault(thread, $"writes {Text(to, index)}, which {Another(mark.Read)} has read");
            mark.Written.Add(group, meetings, thread);
        }
        switch (to.Type.Size)
        {
            case 2: *(ushort*)element = (ushort)value; break;
            case 4: *(int*)element = (int)value; break;
            case 8: *(long*)element = value; break;
            default: *element = (byte)value; break;
        }
    }

    /// <summary>Whether some elements lie at a multiple of their bytes together; shared memory, which a device has elsewhere, begins at one.</summary>
    public bool IsAligned(Memory of, long index, int count) => ((of is Argument a ? arguments[a.Index].Address : 0) + (index * of.Type.Size)) % (count * of.Type.Size) == 0;

    private byte* Element(Memory of, long index, int thread, string does, out Span<(Mark Read, Mark Written)> marks)
    {
        var piece = of is Argument a ? arguments[a.Index] : shared[(SharedArray)of];
        if (index < 0 || index >= piece.Length) throw Fault(thread, $"{does} {Text(of, index)}, of {piece.Length} elements");
        var element = (byte*)piece.Address + (index * of.Type.Size);
        marks = piece.Region.At(element, of.Type.Size);
        return element;
    }

    private string Text(Memory of, long index) => $"{(of is Argument a ? $"p{a.Index}" : $"s{code.Shared.IndexOf((SharedArray)of)}")}[{index}]";

    private string Another(Mark mark) => mark.Group == group && !mark.IsOfGroups ? "another thread of its group that it has not met since" : "another group";

    private KernelFault Fault(int thread, string what) => new(code, group - 1, thread, what);
}
