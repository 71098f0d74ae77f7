using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// The words of <see cref="Philox"/>, blocks in lanes. A lane has 64 bits, of which a word is the lower half, since the product of lower halves is
/// one instruction; what stands in the upper half never reaches a word.
/// </summary>
internal static unsafe class RandomWords
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static Kernel Kernel(RandomBits op, int keys, int to)
    {
        var (rows, words) = (op.Keys.Shape.Size, op.Shape.Size * (op.To == DType.I64 ? 2 : 1));
        var parts = Parts.Of((words + 31) / 32, words * 2);
        LoopBody body = (frame, arguments, part, _) =>
        {
            var (key, target) = *((ulong Key, nint Target)*)arguments;
            Fill(frame.Target.Width, key, parts[part] * 32, Math.Min(parts[part + 1] * 32, words), (uint*)target);
        };
        return frame =>
        {
            for (var row = 0L; row < rows; row++)
            {
                var arguments = (((ulong*)frame[keys])[row], (nint)((uint*)frame[to] + row * words));
                frame.Pool.ForStretches(parts.Number, frame, body, &arguments);
            }
        };
    }

    /// <summary>Writes some words of a key's stream, from a multiple of 32 on.</summary>
    public static void Fill(VectorWidth width, ulong key, long from, long until, uint* words)
    {
        if (width == VectorWidth.V512) Fill<V512<long>>(key, from, until, words);
        else if (width == VectorWidth.V256) Fill<V256<long>>(key, from, until, words);
        else
        {
            for (var i = from; i < until; i++) words[i] = Philox.Word(key, i);
        }
    }

    private static void Fill<V>(ulong key, long from, long until, uint* words) where V : struct, ILanes<V, long>
    {
        var step = 4 * V.Count;
        var rest = stackalloc uint[step];
        for (; from + step <= until; from += step) Blocks<V>(key, from / 4, words + from);
        if (from >= until) return;
        Blocks<V>(key, from / 4, rest);
        new ReadOnlySpan<uint>(rest, (int)(until - from)).CopyTo(new(words + from, step));
    }

    /// <summary>As many blocks as there are lanes: those of the first half in even lanes, so that the words come out in order.</summary>
    [MethodImpl(Inline)]
    private static void Blocks<V>(ulong key, long block, uint* to) where V : struct, ILanes<V, long>
    {
        var lanes = V.Counting(0);
        var even = V.ShiftRightLogical(lanes, 1);
        var odd = lanes & V.All(1);
        var counter = V.All(block) + even + (odd * V.All(V.Count / 2));
        var (x0, x1, x2, x3) = (counter, V.ShiftRightLogical(counter, 32), V.All(0), V.All(0));
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < 10; round++)
        {
            var (a, b) = (LowProduct(x0, V.All(0xD2511F53)), LowProduct(x2, V.All(0xCD9E8D57)));
            x0 = V.ShiftRightLogical(b, 32) ^ x1 ^ V.All(k0);
            x2 = V.ShiftRightLogical(a, 32) ^ x3 ^ V.All(k1);
            (x1, x3) = (b, a);
            (k0, k1) = (unchecked(k0 + 0x9E3779B9), unchecked(k1 + 0xBB67AE85));
        }
        var low = V.All(0xFFFFFFFF);
        Interleave((x0 & low) | V.ShiftLeft(x1, 32), (x2 & low) | V.ShiftLeft(x3, 32), to);
    }

    /// <summary>The product of the lower halves.</summary>
    [MethodImpl(Inline)]
    private static V LowProduct<V>(V x, V y) where V : struct =>
        typeof(V) == typeof(V512<long>)
            ? Unsafe.BitCast<Vector512<ulong>, V>(Avx512F.Multiply(Unsafe.BitCast<V, Vector512<uint>>(x), Unsafe.BitCast<V, Vector512<uint>>(y)))
            : Unsafe.BitCast<Vector256<ulong>, V>(Avx2.Multiply(Unsafe.BitCast<V, Vector256<uint>>(x), Unsafe.BitCast<V, Vector256<uint>>(y)));

    /// <summary>Writes the first of the even lanes, the second of the even lanes, and so on; then those of the odd lanes.</summary>
    [MethodImpl(Inline)]
    private static void Interleave<V>(V first, V second, uint* to) where V : struct
    {
        if (typeof(V) == typeof(V512<long>))
        {
            var (x, y) = (Unsafe.BitCast<V, Vector512<ulong>>(first), Unsafe.BitCast<V, Vector512<ulong>>(second));
            Avx512F.UnpackLow(x, y).AsUInt32().Store(to);
            Avx512F.UnpackHigh(x, y).AsUInt32().Store(to + 16);
        }
        else
        {
            var (x, y) = (Unsafe.BitCast<V, Vector256<ulong>>(first), Unsafe.BitCast<V, Vector256<ulong>>(second));
            Avx2.UnpackLow(x, y).AsUInt32().Store(to);
            Avx2.UnpackHigh(x, y).AsUInt32().Store(to + 8);
        }
    }
}
