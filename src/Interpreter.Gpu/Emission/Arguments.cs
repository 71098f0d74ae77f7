using System.Reflection;
using System.Reflection.Emit;
using ILGPU;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>The memory that a kernel is given, as one argument of a type that says how many pieces there are: one, or two such arguments.</summary>
/// <typeparam name="TSelf">The arguments.</typeparam>
public interface IArguments<TSelf> where TSelf : struct, IArguments<TSelf>
{
    /// <summary>How many pieces of memory.</summary>
    static abstract int Count { get; }

    /// <summary>The arguments from the pieces.</summary>
    static abstract TSelf Of(ReadOnlySpan<ArrayView<byte>> views);
}

/// <summary>One piece of memory.</summary>
/// <param name="view">The memory.</param>
public readonly struct One(ArrayView<byte> view) : IArguments<One>
{
    /// <summary>The memory.</summary>
    public readonly ArrayView<byte> View = view;

    /// <inheritdoc/>
    public static int Count => 1;

    /// <inheritdoc/>
    public static One Of(ReadOnlySpan<ArrayView<byte>> views) => new(views[0]);
}

/// <summary>Some pieces of memory, and some more.</summary>
/// <param name="first">The first.</param>
/// <param name="rest">The rest.</param>
public readonly struct Both<TFirst, TRest>(TFirst first, TRest rest) : IArguments<Both<TFirst, TRest>>
    where TFirst : struct, IArguments<TFirst>
    where TRest : struct, IArguments<TRest>
{
    /// <summary>The first.</summary>
    public readonly TFirst First = first;

    /// <summary>The rest.</summary>
    public readonly TRest Rest = rest;

    /// <inheritdoc/>
    public static int Count => TFirst.Count + TRest.Count;

    /// <inheritdoc/>
    public static Both<TFirst, TRest> Of(ReadOnlySpan<ArrayView<byte>> views) => new(TFirst.Of(views[..TFirst.Count]), TRest.Of(views[TFirst.Count..]));
}

/// <summary>The types of arguments.</summary>
internal static class ArgumentTypes
{
    /// <summary>The type of so many pieces of memory.</summary>
    public static Type Of(int count) => count == 1 ? typeof(One) : typeof(Both<,>).MakeGenericType(Of(count / 2), Of(count - (count / 2)));

    /// <summary>From the address of arguments to one of their pieces.</summary>
    public static void Piece(ILGenerator il, Type type, int count, int index)
    {
        while (count > 1)
        {
            var (half, fields) = (count / 2, type.GetFields(BindingFlags.Public | BindingFlags.Instance));
            var field = fields.Single(f => f.Name == (index < half ? nameof(Both<One, One>.First) : nameof(Both<One, One>.Rest)));
            il.Emit(OpCodes.Ldflda, field);
            (index, count) = index < half ? (index, half) : (index - half, count - half);
            type = field.FieldType;
        }
        il.Emit(OpCodes.Ldfld, typeof(One).GetField(nameof(One.View))!);
    }
}
