using System.Reflection.Emit;

namespace Functional.Interpreter.Cpu.Emission;

/// <summary>
/// A method that runs a stage's code over the columns of a row by vectors of one width: from the addresses of the operands, the numbers of the
/// row, and the first column and the end, it makes the first column that it has left. Reductions are added to the row's numbers.
/// </summary>
internal sealed class PassEmitter
{
    private const int MostInline = 2;

    /// <summary>How many vectors a sum has: always as many, so that it does not depend on what is computed with it.</summary>
    private const int Parts = 2;

    private readonly FusedLoop loop;
    private readonly ValueArray<Instruction> code;
    private readonly Vocabulary vocabulary;
    private readonly ILGenerator il;
    private readonly int copies;
    private readonly bool outOfLine;
    private readonly Dictionary<int, LocalBuilder> addresses = [];
    private readonly Dictionary<(int Value, int Copy), LocalBuilder> locals = [];
    private readonly Dictionary<(int Value, int Copy), LocalBuilder> parts = [];

    private PassEmitter(FusedLoop loop, ValueArray<Instruction> code, Vocabulary vocabulary, bool isWidest, ILGenerator il)
    {
        (this.loop, this.code, this.vocabulary, this.il) = (loop, code, vocabulary, il);
        var count = code.Count(i => i is not Cast c || !(loop.Types[c.To].IsHalf || loop.Types[c.X].IsHalf));
        copies = !isWidest ? 1 : code.Any(i => i is Reduce { Kind: Reduction.Sum }) ? Parts : count <= 6 ? 4 : count <= 14 || code.Any(i => i is Reduce) ? 2 : 1;
        var weight = code.Sum(vocabulary.Weight);
        while (copies > Parts && weight * copies > MostInline) copies /= 2;
        outOfLine = !isWidest || weight * copies > MostInline;
    }

    public static DynamicMethod Emit(FusedLoop loop, ValueArray<Instruction> code, Vocabulary vocabulary, bool isWidest)
    {
        var method = new DynamicMethod("columns", typeof(long), [typeof(nint*), typeof(long*), typeof(long), typeof(long)], typeof(PassEmitter).Module, skipVisibility: true);
        new PassEmitter(loop, code, vocabulary, isWidest, method.GetILGenerator()).Pass();
        return method;
    }

    private void Pass()
    {
        foreach (var i in code)
            if (i is Load or Store)
            {
                var operand = i is Load load ? load.Operand : ((Store)i).Operand;
                if (addresses.ContainsKey(operand)) continue;
                addresses[operand] = il.DeclareLocal(typeof(nint));
                Slot(OpCodes.Ldarg_0, operand);
                il.Emit(OpCodes.Ldind_I);
                il.Emit(OpCodes.Stloc, addresses[operand]);
            }
        var defined = code.Where(i => i is not (Store or Reduce)).Select(i => i.Defines).ToHashSet();
        foreach (var number in code.SelectMany(i => i.Reads).Distinct().Where(v => !defined.Contains(v)))
        {
            locals[(number, 0)] = il.DeclareLocal(vocabulary.Of(loop.Types[number]));
            Slot(OpCodes.Ldarg_1, number);
            vocabulary.Spread(il, loop.Types[number]);
            il.Emit(OpCodes.Stloc, locals[(number, 0)]);
        }
        foreach (var r in code.OfType<Reduce>())
            for (var copy = 0; copy < copies; copy++)
            {
                vocabulary.Neutral(il, r.Kind, loop.Types[r.To]);
                il.Emit(OpCodes.Stloc, parts[(r.To, copy)] = il.DeclareLocal(vocabulary.Of(loop.Types[r.To])));
            }
        if (copies > 1) While(copies);
        While(1);
        foreach (var r in code.OfType<Reduce>()) Total(r);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ret);
    }

    private void Slot(OpCode table, int index)
    {
        il.Emit(table);
        il.Emit(OpCodes.Ldc_I4, index * sizeof(long));
        il.Emit(OpCodes.Add);
    }

    private void While(int copies)
    {
        var (next, done, step) = (il.DefineLabel(), il.DefineLabel(), vocabulary.Count * copies);
        il.MarkLabel(next);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldc_I8, (long)step);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Bgt, done);
        foreach (var i in code)
            for (var copy = 0; copy < copies; copy++) Compute(i, copy);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldc_I8, (long)step);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Starg, 2);
        il.Emit(OpCodes.Br, next);
        il.MarkLabel(done);
    }

    private void Read(int value, int copy) => il.Emit(OpCodes.Ldloc, locals.GetValueOrDefault((value, copy)) ?? locals[(value, 0)]);

    private void Compute(Instruction i, int copy)
    {
        switch (i)
        {
            case Load load:
                Address(load.Operand, loop.Types[load.To], copy);
                vocabulary.Load(il, loop.Types[load.To]);
                Keep(load.To, copy);
                break;
            case Store store:
                Read(store.X, copy);
                Address(store.Operand, loop.Types[store.X], copy);
                vocabulary.Store(il, loop.Types[store.X]);
                break;
            case Reduce r:
                il.Emit(OpCodes.Ldloc, parts[(r.To, copy)]);
                Read(r.X, copy);
                vocabulary.Combine(il, r.Kind, loop.Types[r.To]);
                il.Emit(OpCodes.Stloc, parts[(r.To, copy)]);
                break;
            default:
                foreach (var x in i.Reads) Read(x, copy);
                if (outOfLine && vocabulary.Weight(i) > 0) il.Emit(OpCodes.Call, vocabulary.OutOfLine((Apply)i));
                else vocabulary.Compute(il, i, loop.Types);
                Keep(i.Defines, copy);
                break;
        }
    }

    private void Keep(int value, int copy)
    {
        if (!locals.TryGetValue((value, copy), out var local)) locals[(value, copy)] = local = il.DeclareLocal(vocabulary.Of(loop.Types[value]));
        il.Emit(OpCodes.Stloc, local);
    }

    /// <summary>Adds the parts to the row's number, in pairs.</summary>
    private void Total(Reduce r)
    {
        var type = loop.Types[r.To];
        for (var step = 1; step < copies; step *= 2)
            for (var copy = 0; copy + step < copies; copy += 2 * step)
            {
                il.Emit(OpCodes.Ldloc, parts[(r.To, copy)]);
                il.Emit(OpCodes.Ldloc, parts[(r.To, copy + step)]);
                vocabulary.Combine(il, r.Kind, type);
                il.Emit(OpCodes.Stloc, parts[(r.To, copy)]);
            }
        il.Emit(OpCodes.Ldloc, parts[(r.To, 0)]);
        Slot(OpCodes.Ldarg_1, r.To);
        vocabulary.Fold(il, r.Kind, type);
    }

    private void Address(int operand, DType type, int copy)
    {
        il.Emit(OpCodes.Ldloc, addresses[operand]);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Ldc_I4, type.Size);
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Add);
        if (copy == 0) return;
        il.Emit(OpCodes.Ldc_I4, copy * vocabulary.Count * type.Size);
        il.Emit(OpCodes.Add);
    }
}
