using System.Reflection.Emit;
using Functional.Interpreter.Arithmetic;

namespace Functional.Interpreter.Cpu.Emission;

/// <summary>Emitted code of a fused loop.</summary>
/// <param name="operands">The address of each operand at the first row; they move on.</param>
/// <param name="strides">How far each moves from row to row, in bytes; then, of rows in pieces, how far from piece to piece; then, how far from behind the last back to the first.</param>
/// <param name="numbers">Room for the numbers of a row, 8 bytes for each value.</param>
/// <param name="rows">How many rows.</param>
/// <param name="columns">How many columns of each, or of a piece.</param>
/// <param name="batch">In how many pieces a row lies.</param>
internal unsafe delegate void LoopCode(nint* operands, nint* strides, long* numbers, long rows, long columns, long batch);

/// <summary>
/// Makes methods of a fused loop: one for the rows, and for each stage one for each width of vectors, which goes over the columns that are left
/// (<see cref="PassEmitter"/>). They are apart because the compiler takes only so much into one method. Sums go by blocks of columns.
/// </summary>
internal sealed class LoopEmitter
{
    private readonly FusedLoop loop;
    private readonly ILGenerator il;
    private readonly Vocabulary ofRow;
    private readonly Vocabulary[] ofColumns;
    private readonly int block;
    private readonly LocalBuilder row;
    private readonly LocalBuilder column;
    private readonly LocalBuilder end;
    private readonly LocalBuilder piece;

    private LoopEmitter(FusedLoop loop, VectorWidth width, ILGenerator il)
    {
        (this.loop, this.il) = (loop, il);
        ofColumns = [.. Vocabularies(loop, width)];
        (ofRow, block) = (ofColumns[^1], ofColumns[^1] is LaneVocabulary ? 4096 : 128);
        (row, column, end, piece) = (il.DeclareLocal(typeof(long)), il.DeclareLocal(typeof(long)), il.DeclareLocal(typeof(long)), il.DeclareLocal(typeof(long)));
    }

    /// <summary>What columns are computed in, the widest first: nothing wider than a row. The last takes them one by one.</summary>
    public static IEnumerable<Vocabulary> Vocabularies(FusedLoop loop, VectorWidth width)
    {
        if (LaneVocabulary.Size(loop.Types) is not { } size) return [new ScalarVocabulary()];
        LaneVocabulary[] all = [new(typeof(V512<>), 64, size), new(typeof(V256<>), 32, size), new(typeof(V128<>), 16, size), LaneVocabulary.One(size)];
        return all.Where(v => v.Count == 1 || (v.Count <= loop.Columns && v.Count * size is var bytes && (bytes == (int)width || bytes == 16)));
    }

    public static LoopCode Emit(FusedLoop loop, VectorWidth width)
    {
        var method = new DynamicMethod("rows", null, [typeof(nint*), typeof(nint*), typeof(long*), typeof(long), typeof(long), typeof(long)], typeof(LoopEmitter).Module, skipVisibility: true);
        new LoopEmitter(loop, width, method.GetILGenerator()).Rows();
        return method.CreateDelegate<LoopCode>();
    }

    private void Rows()
    {
        For(row, 3, () =>
        {
            foreach (var stage in loop.Stages)
            {
                foreach (var i in stage.Row) InRow(i);
                Columns(stage.Columns);
            }
            for (var o = 0; o < loop.Operands.Count; o++) Move(o, o);
        });
        il.Emit(OpCodes.Ret);
    }

    /// <summary>A body as often as an argument says.</summary>
    private void For(LocalBuilder counter, short times, Action body)
    {
        var (next, done) = (il.DefineLabel(), il.DefineLabel());
        il.Emit(OpCodes.Ldc_I8, 0L);
        il.Emit(OpCodes.Stloc, counter);
        il.MarkLabel(next);
        il.Emit(OpCodes.Ldloc, counter);
        il.Emit(OpCodes.Ldarg, times);
        il.Emit(OpCodes.Bge, done);
        body();
        il.Emit(OpCodes.Ldloc, counter);
        il.Emit(OpCodes.Ldc_I8, 1L);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, counter);
        il.Emit(OpCodes.Br, next);
        il.MarkLabel(done);
    }

    private void Move(int operand, int stride)
    {
        Slot(OpCodes.Ldarg_0, operand);
        Slot(OpCodes.Ldarg_0, operand);
        il.Emit(OpCodes.Ldind_I);
        Slot(OpCodes.Ldarg_1, stride);
        il.Emit(OpCodes.Ldind_I);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stind_I);
    }

    private void Slot(OpCode table, int index)
    {
        il.Emit(table);
        il.Emit(OpCodes.Ldc_I4, index * sizeof(long));
        il.Emit(OpCodes.Add);
    }

    /// <summary>A number of the row, from where it is kept.</summary>
    private void Number(int value)
    {
        Slot(OpCodes.Ldarg_2, value);
        ofRow.Load(il, loop.Types[value]);
    }

    /// <summary>Keeps the number on the stack.</summary>
    private void Keep(int value)
    {
        Slot(OpCodes.Ldarg_2, value);
        ofRow.Store(il, loop.Types[value]);
    }

    private void InRow(Instruction i)
    {
        switch (i)
        {
            case Load load:
                Slot(OpCodes.Ldarg_0, load.Operand);
                il.Emit(OpCodes.Ldind_I);
                ofRow.Load(il, loop.Types[load.To]);
                Keep(load.To);
                break;
            case Store store:
                Number(store.X);
                Slot(OpCodes.Ldarg_0, store.Operand);
                il.Emit(OpCodes.Ldind_I);
                ofRow.Store(il, loop.Types[store.X]);
                break;
            default:
                foreach (var x in i.Reads) Number(x);
                ofRow.Compute(il, i, loop.Types);
                Keep(i.Defines);
                break;
        }
    }

    private void Columns(ValueArray<Instruction> code)
    {
        if (code.Count == 0) return;
        foreach (var r in code.OfType<Reduce>())
        {
            ofRow.Neutral(il, r.Kind, loop.Types[r.To]);
            Keep(r.To);
        }
        DynamicMethod[] passes = [.. ofColumns.Select((vocabulary, v) => PassEmitter.Emit(loop, code, vocabulary, isWidest: v == 0))];
        if (loop.Batch == 1)
        {
            Columns(code, passes);
            return;
        }
        int[] moved = [.. code.Select(i => i switch { Load load => load.Operand, Store store => store.Operand, _ => -1 }).Where(o => o >= 0).Distinct()];
        For(piece, 5, () =>
        {
            Columns(code, passes);
            foreach (var o in moved) Move(o, loop.Operands.Count + o);
        });
        foreach (var o in moved) Move(o, (2 * loop.Operands.Count) + o);
    }

    /// <summary>The columns of a row, or of a piece of it.</summary>
    private void Columns(ValueArray<Instruction> code, DynamicMethod[] passes)
    {
        il.Emit(OpCodes.Ldc_I8, 0L);
        il.Emit(OpCodes.Stloc, column);
        if (!code.Any(i => i is Reduce))
        {
            il.Emit(OpCodes.Ldarg, 4);
            il.Emit(OpCodes.Stloc, end);
            Pass(passes);
            return;
        }
        var (next, done) = (il.DefineLabel(), il.DefineLabel());
        il.MarkLabel(next);
        il.Emit(OpCodes.Ldloc, column);
        il.Emit(OpCodes.Ldarg, 4);
        il.Emit(OpCodes.Bge, done);
        il.Emit(OpCodes.Ldloc, column);
        il.Emit(OpCodes.Ldc_I8, (long)block);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Ldarg, 4);
        il.Emit(OpCodes.Call, ((Func<long, long, long>)Math.Min).Method);
        il.Emit(OpCodes.Stloc, end);
        Pass(passes);
        il.Emit(OpCodes.Br, next);
        il.MarkLabel(done);
    }

    /// <summary>The columns up to the end, by the widest vectors first, each method where there are enough columns left for it.</summary>
    private void Pass(DynamicMethod[] passes)
    {
        for (var v = 0; v < passes.Length; v++)
        {
            var skip = il.DefineLabel();
            il.Emit(OpCodes.Ldloc, end);
            il.Emit(OpCodes.Ldloc, column);
            il.Emit(OpCodes.Sub);
            il.Emit(OpCodes.Ldc_I8, (long)ofColumns[v].Count);
            il.Emit(OpCodes.Blt, skip);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Ldloc, column);
            il.Emit(OpCodes.Ldloc, end);
            il.Emit(OpCodes.Call, passes[v]);
            il.Emit(OpCodes.Stloc, column);
            il.MarkLabel(skip);
        }
    }
}
