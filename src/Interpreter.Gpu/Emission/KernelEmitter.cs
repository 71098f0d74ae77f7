using System.Collections.Immutable;
using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;
using Functional.Interpreter.Gpu.Code;
using ILGPU;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>Makes a method of a kernel, for ILGPU to compile: straight-line code and loops over locals, as the kernel has them.</summary>
internal sealed partial class KernelEmitter
{
    private readonly ILGenerator il;
    private readonly bool isForOpenCl;
    private readonly LocalBuilder[] views;
    private readonly Dictionary<SharedArray, LocalBuilder> shared = [];
    private readonly Dictionary<Local, LocalBuilder> locals = [];

    /// <summary>Values of the statement at hand that are computed already.</summary>
    private readonly Dictionary<Value, LocalBuilder> known = new(ReferenceEqualityComparer.Instance);

    private KernelEmitter(KernelCode code, ILGenerator il, Type arguments, bool isForOpenCl)
    {
        (this.il, this.isForOpenCl, bounds) = (il, isForOpenCl, new(code));
        views = new LocalBuilder[code.Arguments.Length];
        for (var i = 0; i < views.Length; i++)
        {
            il.Emit(OpCodes.Ldarga_S, (byte)0);
            ArgumentTypes.Piece(il, arguments, views.Length, i);
            var element = Stored(code.Arguments[i]);
            if (element != typeof(byte))
            {
                var bytes = il.DeclareLocal(typeof(ArrayView<byte>));
                il.Emit(OpCodes.Stloc, bytes);
                il.Emit(OpCodes.Ldloca, bytes);
                il.Emit(OpCodes.Call, typeof(ArrayView<byte>).GetMethod(nameof(ArrayView<>.Cast))!.MakeGenericMethod(element));
            }
            views[i] = il.DeclareLocal(typeof(ArrayView<>).MakeGenericType(element));
            il.Emit(OpCodes.Stloc, views[i]);
        }
        foreach (var array in code.Shared)
        {
            il.Emit(OpCodes.Ldc_I4, array.Length);
            il.Emit(OpCodes.Call, typeof(SharedMemory).GetMethod(nameof(SharedMemory.Allocate), [typeof(int)])!.MakeGenericMethod(Stored(array.Type)));
            shared[array] = il.DeclareLocal(typeof(ArrayView<>).MakeGenericType(Stored(array.Type)));
            il.Emit(OpCodes.Stloc, shared[array]);
        }
        FindConstants(code.Body);
        Block(code.Body);
        il.Emit(OpCodes.Ret);
    }

    /// <summary>The method of a kernel, by its name, which profilers show, in a type of its own.</summary>
    public static MethodInfo Emit(KernelCode code, ModuleBuilder module, string typeName, bool isForOpenCl = false)
    {
        var type = module.DefineType(typeName, TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.Abstract);
        var arguments = ArgumentTypes.Of(code.Arguments.Length);
        var method = type.DefineMethod(code.Name, MethodAttributes.Public | MethodAttributes.Static, null, [arguments]);
        _ = new KernelEmitter(code, method.GetILGenerator(), arguments, isForOpenCl);
        return type.CreateType().GetMethod(code.Name)!;
    }

    /// <summary>How elements lie in memory.</summary>
    private static Type Stored(DType type) => type switch
    {
        DType.F32 => typeof(float),
        DType.F64 => typeof(double),
        DType.I32 => typeof(int),
        DType.I64 => typeof(long),
        DType.F16 or DType.BF16 => typeof(ushort),
        _ => typeof(byte),
    };

    /// <summary>What holds a number: bytes, truth values and the bits of 16-bit numbers are ints.</summary>
    private static Type Held(DType type) => type.Size < sizeof(int) ? typeof(int) : Stored(type);

    private void Block(ImmutableArray<Statement> body)
    {
        foreach (var statement in body) Add(statement);
    }

    private void Add(Statement statement)
    {
        switch (statement)
        {
            case Assignment a:
                Begin(a.Value);
                Push(a.Value);
                il.Emit(OpCodes.Stloc, Of(a.Target));
                if (IsOfBits(a.Value)) ofBits.Add(a.Target);
                break;
            case Write w:
                Begin(w.Index, w.Value);
                Push(w.Value);
                var value = il.DeclareLocal(Held(w.Target.Type));
                il.Emit(OpCodes.Stloc, value);
                Address(w.Target, w.Index);
                il.Emit(OpCodes.Ldloc, value);
                il.Emit(OpCodes.Stobj, Stored(w.Target.Type));
                break;
            case WideRead r:
                Add(r);
                break;
            case WideWrite w:
                Add(w);
                break;
            case RunRead r:
                Add(r);
                break;
            case MatrixMultiplyAccumulate m:
                Add(m);
                break;
            case CountedLoop loop:
                Add(loop);
                break;
            case Conditional c:
                Begin(c.Condition);
                var past = il.DefineLabel();
                Push(c.Condition);
                il.Emit(OpCodes.Brfalse, past);
                Block(c.Body);
                il.MarkLabel(past);
                break;
            default:
                il.Emit(OpCodes.Call, typeof(Group).GetMethod(nameof(Group.Barrier))!);
                break;
        }
    }

    /// <summary>A structure of the elements is loaded, of which devices make a vector.</summary>
    private void Add(WideRead r)
    {
        Begin(r.Index);
        var value = il.DeclareLocal(Wide(r.Source, r.Targets.Length));
        AddressOf(value.LocalType, r.Source, r.Index, r.Targets.Length);
        il.Emit(OpCodes.Ldobj, value.LocalType);
        il.Emit(OpCodes.Stloc, value);
        Spread(value, r.Targets);
    }

    /// <summary>A structure of the values is stored.</summary>
    private void Add(WideWrite w)
    {
        Begin([w.Index, .. w.Values]);
        var value = il.DeclareLocal(Wide(w.Target, w.Values.Length));
        for (var i = 0; i < w.Values.Length; i++)
        {
            il.Emit(OpCodes.Ldloca, value);
            Push(w.Values[i]);
            il.Emit(OpCodes.Stfld, value.LocalType.GetField($"X{i}")!);
        }
        AddressOf(value.LocalType, w.Target, w.Index, w.Values.Length);
        il.Emit(OpCodes.Ldloc, value);
        il.Emit(OpCodes.Stobj, value.LocalType);
    }

    private static Type Wide(Memory of, int count) => (count == 4 ? typeof(Four<>) : typeof(Two<>)).MakeGenericType(Stored(of.Type));

    /// <summary>The address of a structure of elements.</summary>
    private void AddressOf(Type wide, Memory of, Value index, int count)
    {
        var (view, views) = (View(of), il.DeclareLocal(typeof(ArrayView<>).MakeGenericType(wide)));
        il.Emit(OpCodes.Ldloca, view);
        il.Emit(OpCodes.Call, view.LocalType.GetMethod(nameof(ArrayView<>.Cast))!.MakeGenericMethod(wide));
        il.Emit(OpCodes.Stloc, views);
        Address(of, views, index, BitOperations.Log2((uint)count));
    }

    /// <summary>The elements are those of a view of them alone, so that compilers see that they lie side by side, whatever is known of where the first is.</summary>
    private void Add(RunRead r)
    {
        Begin(r.Index);
        var view = View(r.Source);
        var run = il.DeclareLocal(view.LocalType);
        il.Emit(OpCodes.Ldloca, view);
        Push(r.Index);
        il.Emit(OpCodes.Ldc_I4, r.Targets.Length);
        il.Emit(OpCodes.Call, view.LocalType.GetMethod(nameof(ArrayView<>.SubView), [typeof(int), typeof(int)])!);
        il.Emit(OpCodes.Stloc, run);
        for (var i = 0; i < r.Targets.Length; i++)
        {
            il.Emit(OpCodes.Ldloca, run);
            il.Emit(OpCodes.Ldc_I4, i);
            il.Emit(OpCodes.Call, view.LocalType.GetProperty("Item", [typeof(int)])!.GetMethod!);
            il.Emit(OpCodes.Ldobj, Stored(r.Source.Type));
            il.Emit(OpCodes.Stloc, Of(r.Targets[i]));
        }
    }

    /// <summary>Variables become the fields of a structure.</summary>
    private void Spread(LocalBuilder value, ImmutableArray<Local> targets)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            il.Emit(OpCodes.Ldloc, value);
            il.Emit(OpCodes.Ldfld, value.LocalType.GetField($"X{i}")!);
            il.Emit(OpCodes.Stloc, Of(targets[i]));
        }
    }

    private void Add(MatrixMultiplyAccumulate m)
    {
        ImmutableArray<Value> read = [.. m.Left, .. m.Right, .. m.Sums];
        Begin(read.AsSpan());
        foreach (var v in read) Push(v);
        il.Emit(OpCodes.Call, typeof(MatrixInstructions).GetMethod(m.Numbers.ToString())!);
        var sums = il.DeclareLocal(typeof(Four<float>));
        il.Emit(OpCodes.Stloc, sums);
        Spread(sums, m.Sums);
    }

    private void Add(CountedLoop loop)
    {
        var (next, done, counter) = (il.DefineLabel(), il.DefineLabel(), Of(loop.Counter));
        Begin(loop.From);
        Push(loop.From);
        il.Emit(OpCodes.Stloc, counter);
        il.MarkLabel(next);
        Begin(loop.Until);
        il.Emit(OpCodes.Ldloc, counter);
        Push(loop.Until);
        il.Emit(OpCodes.Bge, done);
        Block(loop.Body);
        Begin(loop.Step);
        il.Emit(OpCodes.Ldloc, counter);
        Push(loop.Step);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, counter);
        il.Emit(OpCodes.Br, next);
        il.MarkLabel(done);
    }

    /// <summary>Computes what the values of a statement share before the statement.</summary>
    private void Begin(params ReadOnlySpan<Value> values)
    {
        known.Clear();
        var shared = Sharing.Of(values);
        var (done, stack) = (new HashSet<Value>(ReferenceEqualityComparer.Instance), new Stack<(Value Value, bool Ready)>());
        foreach (var v in values) stack.Push((v, false));
        while (stack.TryPop(out var top))
        {
            var (v, ready) = top;
            if (ready)
            {
                Compute(v);
                il.Emit(OpCodes.Stloc, known[v] = il.DeclareLocal(Held(v.Type)));
            }
            else if (done.Add(v))
            {
                if (shared.Contains(v)) stack.Push((v, true));
                foreach (var x in v.Inputs) stack.Push((x, false));
            }
        }
    }

    private LocalBuilder Of(Local variable)
    {
        if (!locals.TryGetValue(variable, out var local)) locals[variable] = local = il.DeclareLocal(Held(variable.Type));
        return local;
    }
}
