using System.Numerics;

namespace EmulatedCuda.Machine;

/// <summary>A relation of two numbers.</summary>
internal interface IRelation
{
    static abstract bool Holds<T>(T x, T y) where T : unmanaged, INumber<T>;
}

/// <summary>Whether a relation holds, a bit for each thread.</summary>
internal sealed unsafe class Comparison<T, F>(int to, int x, int y) : Instruction where T : unmanaged, INumber<T> where F : struct, IRelation
{
    public override void Do(Warp warp, uint lanes)
    {
        var r = warp.Registers;
        var result = *(uint*)(r + to) & ~lanes;
        while (lanes != 0)
        {
            var lane = Next(ref lanes);
            var i = lane * Stride<T>();
            if (F.Holds(*(T*)(r + x + i), *(T*)(r + y + i))) result |= 1u << lane;
        }
        *(uint*)(r + to) = result;
    }
}

/// <summary>A bitwise function of predicates: what it is of none, of the first only, of the second only, and of both.</summary>
internal sealed unsafe class Logic(int to, int x, int y, bool ofNone, bool ofFirst, bool ofSecond, bool ofBoth) : Instruction
{
    public override void Do(Warp warp, uint lanes)
    {
        var (a, b) = (*(uint*)(warp.Registers + x), *(uint*)(warp.Registers + y));
        var result = (ofNone ? ~a & ~b : 0) | (ofFirst ? a & ~b : 0) | (ofSecond ? ~a & b : 0) | (ofBoth ? a & b : 0);
        var target = (uint*)(warp.Registers + to);
        *target = (*target & ~lanes) | (result & lanes);
    }
}

/// <summary>One of two numbers, by a predicate.</summary>
internal sealed unsafe class Selection<T>(int to, int x, int y, int predicate) : Instruction where T : unmanaged
{
    public override void Do(Warp warp, uint lanes)
    {
        var r = warp.Registers;
        var chosen = *(uint*)(r + predicate);
        while (lanes != 0)
        {
            var lane = Next(ref lanes);
            var i = lane * Stride<T>();
            *(T*)(r + to + i) = *(T*)(r + ((chosen >> lane & 1) != 0 ? x : y) + i);
        }
    }
}

internal readonly struct Equal : IRelation
{
    public static bool Holds<T>(T x, T y) where T : unmanaged, INumber<T> => x == y;
}

internal readonly struct NotEqual : IRelation
{
    public static bool Holds<T>(T x, T y) where T : unmanaged, INumber<T> => x < y || x > y;
}

internal readonly struct Less : IRelation
{
    public static bool Holds<T>(T x, T y) where T : unmanaged, INumber<T> => x < y;
}

internal readonly struct LessOrEqual : IRelation
{
    public static bool Holds<T>(T x, T y) where T : unmanaged, INumber<T> => x <= y;
}

internal readonly struct Greater : IRelation
{
    public static bool Holds<T>(T x, T y) where T : unmanaged, INumber<T> => x > y;
}

internal readonly struct GreaterOrEqual : IRelation
{
    public static bool Holds<T>(T x, T y) where T : unmanaged, INumber<T> => x >= y;
}

/// <summary>What a relation does not exclude: it, or that one of both is no number.</summary>
internal readonly struct Unordered<F> : IRelation where F : struct, IRelation
{
    public static bool Holds<T>(T x, T y) where T : unmanaged, INumber<T> => T.IsNaN(x) || T.IsNaN(y) || F.Holds(x, y);
}
