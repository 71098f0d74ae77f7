using System.Numerics;
using System.Runtime.Intrinsics;

namespace EmulatedCuda.Machine;

/// <summary>What a warp's threads do together.</summary>
internal abstract class Instruction
{
    public const uint All = uint.MaxValue;

    /// <summary>Where it is written.</summary>
    public int Line { get; private set; }

    /// <summary>Where the predicate is without which a thread sits it out; −1 where all do it.</summary>
    public int Guard { get; private set; } = -1;

    /// <summary>Whether threads with the predicate sit it out instead.</summary>
    public bool IsNegated { get; private set; }

    /// <summary>Says where it is written and who does it.</summary>
    public Instruction At(int line, int guard, bool isNegated)
    {
        (Line, Guard, IsNegated) = (line, guard, isNegated);
        return this;
    }

    /// <summary>Does it, for some of a warp's threads.</summary>
    public abstract void Do(Warp warp, uint lanes);

    /// <summary>The bytes from a thread's number to the next one's.</summary>
    protected static unsafe int Stride<T>() where T : unmanaged => sizeof(T) < 4 ? 4 : sizeof(T);

    /// <summary>Takes the first thread from a set.</summary>
    protected static int Next(ref uint lanes)
    {
        var lane = BitOperations.TrailingZeroCount(lanes);
        lanes &= lanes - 1;
        return lane;
    }

    /// <summary>An f32 as NVIDIA's processors give it: all that is no number has the same bits.</summary>
    protected static unsafe T Given<T>(T x) where T : unmanaged
    {
        if (typeof(T) == typeof(float) && float.IsNaN(*(float*)&x))
        {
            var nan = 0x7FFF_FFFF;
            return *(T*)&nan;
        }
        return x;
    }

    /// <inheritdoc cref="Given{T}(T)"/>
    protected static Vector512<T> Given<T>(Vector512<T> x) where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector512.ConditionalSelect(Vector512.Equals(x.AsSingle(), x.AsSingle()), x.AsSingle(), Vector512.Create(0x7FFF_FFFF).AsSingle()).As<float, T>() : x;
}
