using System.Runtime.InteropServices;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// A tree of elementwise nodes, run over tiles that stay in the first-level cache: each instruction is a loop over one tile, so that only the
/// tree's leaves and its root touch memory.
/// </summary>
internal sealed unsafe class Fused
{
    private const int Tile = 512;
    private const int SlotBytes = Tile * 8;
    private const int Grain = 32 * Tile;

    private readonly List<Action<nint, long, int>> program = [];
    private readonly List<Operand> operands = [];
    private readonly Dictionary<Expr, int> slotOf = [];
    private int slots;

    /// <summary>A leaf of the tree: a buffer whose element i is read at ((i / Inner) mod Extent), or at i where Extent is 0.</summary>
    private readonly record struct Operand(int Slot, int Buffer, int Size, long Extent, long Inner);

    public static Kernel Kernel(Plan plan, Step step)
    {
        var tree = new Fused();
        var root = tree.Emit(plan, step.Node, isRoot: true);
        var (size, total, to) = (step.Node.DType.Size, step.Node.Shape.Size, step.Buffer);
        return frame =>
        {
            var parts = (int)((total + Grain - 1) / Grain);
            if (parts <= 1) tree.Run(frame, to, root, size, 0, total);
            else frame.Pool.For(parts, (part, _) => tree.Run(frame, to, root, size, (long)part * Grain, Math.Min(total, (long)(part + 1) * Grain)));
        };
    }

    private void Run(Frame frame, int to, int root, int size, long from, long until)
    {
        var scratch = stackalloc byte[slots * SlotBytes];
        var table = stackalloc nint[slots];
        for (var at = from; at < until; at += Tile)
        {
            var n = (int)Math.Min(Tile, until - at);
            for (var s = 0; s < slots; s++) table[s] = (nint)(scratch + s * SlotBytes);
            foreach (var operand in CollectionsMarshal.AsSpan(operands)) Load(operand, frame[operand.Buffer], table, at, n);
            table[root] = (nint)(frame[to] + at * size);
            foreach (var instruction in CollectionsMarshal.AsSpan(program)) instruction((nint)table, at, n);
        }
    }

    private static void Load(Operand o, byte* source, nint* table, long at, int n)
    {
        if (o.Extent == 0)
        {
            table[o.Slot] = (nint)(source + at * o.Size);
            return;
        }
        var target = (byte*)table[o.Slot];
        for (var i = 0; i < n;)
        {
            var (run, element) = (o.Inner - (at + i) % o.Inner, (at + i) / o.Inner % o.Extent);
            if (o.Inner == 1)
            {
                run = Math.Min(n - i, o.Extent - element);
                System.Buffer.MemoryCopy(source + element * o.Size, target + i * o.Size, run * o.Size, run * o.Size);
            }
            else
            {
                run = Math.Min(n - i, run);
                switch (o.Size)
                {
                    case 1: new Span<byte>(target + i, (int)run).Fill(source[element]); break;
                    case 4: new Span<int>((int*)target + i, (int)run).Fill(((int*)source)[element]); break;
                    default: new Span<long>((long*)target + i, (int)run).Fill(((long*)source)[element]); break;
                }
            }
            i += (int)run;
        }
    }

    private int Emit(Plan plan, Expr node, bool isRoot = false)
    {
        if (slotOf.TryGetValue(node, out var known)) return known;
        if (!isRoot && plan.IsVirtual(node) && node.Op is Broadcast b)
        {
            var (extent, inner) = (1L, 1L);
            foreach (var axis in b.Mapping) extent *= b.Shape[axis];
            for (var axis = b.Mapping.Count == 0 ? b.Shape.Rank : b.Mapping[^1] + 1; axis < b.Shape.Rank; axis++) inner *= b.Shape[axis];
            if (extent == 1) inner = Math.Max(1, b.Shape.Size);
            return Leaf(node, new(slots, plan.BufferOf(b.X), node.DType.Size, Math.Max(1, extent), Math.Max(1, inner)));
        }
        if (!isRoot && !plan.IsVirtual(node)) return Leaf(node, new(slots, plan.BufferOf(node), node.DType.Size, 0, 1));
        var inputs = node.Inputs.Select(x => Emit(plan, x)).ToArray();
        var slot = slots++;
        slotOf[node] = slot;
        program.Add(node.Op switch
        {
            Pointwise p => p.Accept(new Tiles(p.Inputs[0].DType, inputs, slot)),
            Select => Tiles.Select(node.DType.Size, inputs, slot),
            Convert c => Tiles.Convert(c.X.DType, c.To, inputs[0], slot),
            _ => throw new NotSupportedException($"{node.Op.Name} is no elementwise function"),
        });
        return slot;
    }

    private int Leaf(Expr node, Operand operand)
    {
        slotOf[node] = slots;
        operands.Add(operand);
        return slots++;
    }
}
