using System.Collections.Concurrent;
using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>
/// C = A·B, or C += A·B, for a tile of C that is kept in registers. A is read element by element and each of them multiplied with a row of B, so
/// that neither need be packed: element (r, k) of A is at a + r·rowA + (k·stepA or table[k]), row k of B at b + (k·stepB or table[k]), row r of C at
/// c + r·rowC, all in bytes.
/// </summary>
internal unsafe delegate void MicroKernel(nint depth, byte* a, nint rowA, nint stepA, int* table, byte* b, nint stepB, byte* c, nint rowC, nint add);

/// <summary>Which micro-kernel.</summary>
/// <param name="Width">The vectors.</param>
/// <param name="Rows">Rows of the tile.</param>
/// <param name="Vectors">Columns of the tile, in vectors.</param>
/// <param name="RowStride">A's stride from row to row in elements, where it is known; 0 where rowA gives it.</param>
/// <param name="Indexed">Of which operand a table gives where each step is.</param>
/// <param name="Streams">Whether C is written past the caches, where its rows begin at whole vectors.</param>
/// <param name="Fetches">Whether C is asked for before it is computed, so that its stores do not wait, and loads behind them whose addresses end alike: not into the first-level cache, which A and B fill.</param>
/// <param name="FetchesNext">Whether B's next columns are asked for while these are read: rows far apart are no stream that a processor would see.</param>
internal readonly record struct MicroTile(VectorWidth Width, int Rows, int Vectors, int RowStride, Indexed Indexed, bool Streams = false, bool Fetches = false, bool FetchesNext = false);

/// <summary>The operand that is not read at even steps, but through a table of where each is.</summary>
internal enum Indexed
{
    Neither, Left, Right,
}

/// <summary>
/// Micro-kernels, emitted when they are first asked for, so that each shape of tile has its accumulators in locals of its own, which the JIT keeps
/// in registers. 12 × 2 vectors where there are 32 registers, 6 × 2 where there are 16, and wider tiles of fewer rows, hide the latency of the
/// multiply-add.
/// </summary>
internal static unsafe class MicroKernels<T> where T : unmanaged, IBinaryNumber<T>
{
    private static readonly ConcurrentDictionary<MicroTile, MicroKernel> Known = new();

    /// <summary>The most rows of a tile.</summary>
    public static int Rows(VectorWidth width) => HasManyRegisters(width) ? 12 : 6;

    /// <summary>How many vectors wide the tile of so many rows is.</summary>
    public static int Vectors(VectorWidth width, int rows) => HasManyRegisters(width)
        ? rows switch { 1 or 2 => 8, 3 => 6, 4 or 5 => 4, 6 => 4, 7 or 8 => 3, _ => 2 }
        : rows switch { 1 => 6, 2 => 4, 3 => 3, _ => 2 };

    private static bool HasManyRegisters(VectorWidth width) => width == VectorWidth.V512 || AdvSimd.Arm64.IsSupported;

    /// <summary>The kernel of a tile.</summary>
    public static MicroKernel Of(MicroTile tile) => Known.GetOrAdd(tile, Emit);

    private static MicroKernel Emit(MicroTile tile)
    {
        var lanes = Lanes.Of(tile.Width, typeof(T));
        Type[] signature = [typeof(object), .. typeof(MicroKernel).GetMethod(nameof(MicroKernel.Invoke))!.GetParameters().Select(p => p.ParameterType)];
        var method = new DynamicMethod($"{typeof(T).Name} {tile}", typeof(void), signature, typeof(MicroKernel).Module);
        new Emission(method.GetILGenerator(), lanes, tile).Method();
        return method.CreateDelegate<MicroKernel>(tile);
    }

    private enum Argument
    {
        Depth = 1, A, RowA, StepA, Table, B, StepB, C, RowC, Add,
    }

    /// <summary>The vectors of a width, and what is done with them.</summary>
    private sealed record Lanes(Type Vector, int Bytes, MethodInfo Zero, MethodInfo Load, MethodInfo Broadcast, MethodInfo Add, MethodInfo Multiply, MethodInfo? MultiplyAdd, MethodInfo Store, MethodInfo Stream)
    {
        public static Lanes Of(VectorWidth width, Type element)
        {
            var (all, open) = width switch
            {
                VectorWidth.V512 => (typeof(Vector512), typeof(Vector512<>)),
                VectorWidth.V256 => (typeof(Vector256), typeof(Vector256<>)),
                _ => (typeof(Vector128), typeof(Vector128<>)),
            };
            var vector = open.MakeGenericType(element);
            MethodInfo Method(string name, params Type[] parameters) => all.GetMethods()
                .Where(m => m.Name == name && m.IsGenericMethodDefinition && m.GetGenericArguments().Length == 1)
                .Select(m => m.MakeGenericMethod(element))
                .Single(m => m.GetParameters().Select(p => p.ParameterType).SequenceEqual(parameters));
            return new(
                vector, (int)width, vector.GetProperty(nameof(Vector512<>.Zero))!.GetMethod!,
                Method(nameof(Vector512.Load), element.MakePointerType()), Method(nameof(Vector512.Create), element),
                Method(nameof(Vector512.Add), vector, vector), Method(nameof(Vector512.Multiply), vector, vector),
                all.GetMethod(nameof(Vector512.FusedMultiplyAdd), [vector, vector, vector]), Method(nameof(Vector512.Store), vector, element.MakePointerType()),
                Method(nameof(Vector512.StoreAlignedNonTemporal), vector, element.MakePointerType()));
        }
    }

    private sealed class Emission(ILGenerator il, Lanes lanes, MicroTile tile)
    {
        private const int RowsPerPointer = 4;

        private readonly LocalBuilder[] sums = Locals(il, lanes.Vector, tile.Rows * tile.Vectors);
        private readonly LocalBuilder[] right = Locals(il, lanes.Vector, tile.Vectors);
        private readonly LocalBuilder[] left = Locals(il, typeof(nint), tile.RowStride > 0 ? 1 : (tile.Rows + RowsPerPointer - 1) / RowsPerPointer);
        private readonly LocalBuilder[] at = Locals(il, typeof(nint), tile.RowStride > 0 ? 1 : (tile.Rows + RowsPerPointer - 1) / RowsPerPointer);
        private readonly LocalBuilder element = il.DeclareLocal(lanes.Vector);
        private readonly LocalBuilder offset = il.DeclareLocal(typeof(nint));
        private readonly LocalBuilder threeRows = il.DeclareLocal(typeof(nint));

        private static LocalBuilder[] Locals(ILGenerator il, Type type, int count) => [.. Enumerable.Range(0, count).Select(_ => il.DeclareLocal(type))];

        public void Method()
        {
            foreach (var sum in sums)
            {
                il.Emit(OpCodes.Call, lanes.Zero);
                il.Emit(OpCodes.Stloc, sum);
            }
            for (var p = 0; p < left.Length; p++)
            {
                Get(Argument.A);
                if (p > 0) Scaled(Argument.RowA, p * RowsPerPointer);
                if (p > 0) il.Emit(OpCodes.Add);
                il.Emit(OpCodes.Stloc, left[p]);
            }
            Scaled(Argument.RowA, 3);
            il.Emit(OpCodes.Stloc, threeRows);
            if (tile.Fetches && Sse.IsSupported) Fetch();
            var (top, done) = (il.DefineLabel(), il.DefineLabel());
            Get(Argument.Depth);
            il.Emit(OpCodes.Brfalse, done);
            il.MarkLabel(top);
            Step();
            Get(Argument.Depth);
            il.Emit(OpCodes.Ldc_I4_1);
            il.Emit(OpCodes.Sub);
            il.Emit(OpCodes.Dup);
            Set(Argument.Depth);
            il.Emit(OpCodes.Brtrue, top);
            il.MarkLabel(done);
            Results();
            il.Emit(OpCodes.Ret);
        }

        /// <summary>Asks for C.</summary>
        private void Fetch()
        {
            Get(Argument.C);
            il.Emit(OpCodes.Stloc, offset);
            EachOfC((_, at) =>
            {
                at();
                il.Emit(OpCodes.Call, typeof(Sse).GetMethod(nameof(Sse.Prefetch1), [typeof(void*)])!);
            });
        }

        /// <summary>Asks for what follows in this row of B.</summary>
        private void FetchNext()
        {
            const int line = 64;
            for (var bytes = 0; bytes < tile.Vectors * lanes.Bytes; bytes += line)
            {
                Get(Argument.B);
                Plus((tile.Vectors * lanes.Bytes) + bytes);
                il.Emit(OpCodes.Call, typeof(Sse).GetMethod(nameof(Sse.Prefetch0), [typeof(void*)])!);
            }
        }

        /// <summary>One column of A times one row of B.</summary>
        private void Step()
        {
            if (tile.Indexed != Indexed.Neither)
            {
                Get(Argument.Table);
                il.Emit(OpCodes.Ldind_I4);
                il.Emit(OpCodes.Conv_I);
                il.Emit(OpCodes.Stloc, offset);
                Advance(Argument.Table, () => il.Emit(OpCodes.Ldc_I4_4));
            }
            for (var p = 0; p < left.Length; p++)
            {
                il.Emit(OpCodes.Ldloc, left[p]);
                if (tile.Indexed == Indexed.Left) il.Emit(OpCodes.Ldloc, offset);
                if (tile.Indexed == Indexed.Left) il.Emit(OpCodes.Add);
                il.Emit(OpCodes.Stloc, at[p]);
            }
            for (var v = 0; v < tile.Vectors; v++)
            {
                Get(Argument.B);
                if (tile.Indexed == Indexed.Right) il.Emit(OpCodes.Ldloc, offset);
                if (tile.Indexed == Indexed.Right) il.Emit(OpCodes.Add);
                Plus(v * lanes.Bytes);
                il.Emit(OpCodes.Call, lanes.Load);
                il.Emit(OpCodes.Stloc, right[v]);
            }
            if (tile.FetchesNext && Sse.IsSupported) FetchNext();
            for (var r = 0; r < tile.Rows; r++)
            {
                Address(r);
                il.Emit(OpCodes.Ldobj, typeof(T));
                il.Emit(OpCodes.Call, lanes.Broadcast);
                il.Emit(OpCodes.Stloc, element);
                for (var v = 0; v < tile.Vectors; v++) MultiplyAdd(sums[r * tile.Vectors + v], right[v]);
            }
            if (tile.Indexed != Indexed.Right) Advance(Argument.B, () => Get(Argument.StepB));
            if (tile.Indexed == Indexed.Left) return;
            foreach (var pointer in left)
            {
                il.Emit(OpCodes.Ldloc, pointer);
                Get(Argument.StepA);
                il.Emit(OpCodes.Add);
                il.Emit(OpCodes.Stloc, pointer);
            }
        }

        private void Address(int row)
        {
            if (tile.RowStride > 0)
            {
                il.Emit(OpCodes.Ldloc, at[0]);
                Plus(row * tile.RowStride * sizeof(T));
                return;
            }
            il.Emit(OpCodes.Ldloc, at[row / RowsPerPointer]);
            if (row % RowsPerPointer == 0) return;
            if (row % RowsPerPointer == 3) il.Emit(OpCodes.Ldloc, threeRows);
            else Scaled(Argument.RowA, row % RowsPerPointer);
            il.Emit(OpCodes.Add);
        }

        private void MultiplyAdd(LocalBuilder sum, LocalBuilder y)
        {
            il.Emit(OpCodes.Ldloc, element);
            il.Emit(OpCodes.Ldloc, y);
            if (lanes.MultiplyAdd is null) il.Emit(OpCodes.Call, lanes.Multiply);
            il.Emit(OpCodes.Ldloc, sum);
            il.Emit(OpCodes.Call, lanes.MultiplyAdd ?? lanes.Add);
            il.Emit(OpCodes.Stloc, sum);
        }

        private void Results()
        {
            var store = il.DefineLabel();
            Get(Argument.C);
            il.Emit(OpCodes.Stloc, offset);
            Get(Argument.Add);
            il.Emit(OpCodes.Brfalse, store);
            EachOfC((sum, at) =>
            {
                il.Emit(OpCodes.Ldloc, sum);
                at();
                il.Emit(OpCodes.Call, lanes.Load);
                il.Emit(OpCodes.Call, lanes.Add);
                il.Emit(OpCodes.Stloc, sum);
            });
            Get(Argument.C);
            il.Emit(OpCodes.Stloc, offset);
            il.MarkLabel(store);
            EachOfC((sum, at) =>
            {
                il.Emit(OpCodes.Ldloc, sum);
                at();
                il.Emit(OpCodes.Call, tile.Streams ? lanes.Stream : lanes.Store);
            });
        }

        private void EachOfC(Action<LocalBuilder, Action> body)
        {
            for (var r = 0; r < tile.Rows; r++)
            {
                for (var v = 0; v < tile.Vectors; v++)
                {
                    var bytes = v * lanes.Bytes;
                    body(sums[r * tile.Vectors + v], () =>
                    {
                        il.Emit(OpCodes.Ldloc, offset);
                        Plus(bytes);
                    });
                }
                il.Emit(OpCodes.Ldloc, offset);
                Get(Argument.RowC);
                il.Emit(OpCodes.Add);
                il.Emit(OpCodes.Stloc, offset);
            }
        }

        private void Get(Argument argument) => il.Emit(OpCodes.Ldarg, (short)argument);

        private void Set(Argument argument) => il.Emit(OpCodes.Starg, (short)argument);

        private void Advance(Argument argument, Action by)
        {
            Get(argument);
            by();
            il.Emit(OpCodes.Add);
            Set(argument);
        }

        private void Plus(int bytes)
        {
            if (bytes == 0) return;
            il.Emit(OpCodes.Ldc_I4, bytes);
            il.Emit(OpCodes.Add);
        }

        private void Scaled(Argument argument, int by)
        {
            Get(argument);
            if (by == 1) return;
            il.Emit(OpCodes.Ldc_I4, by);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Mul);
        }
    }
}
