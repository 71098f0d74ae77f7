using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;
using Register = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>Methods of which the compiler for CUDA writes no calls, but what another method says.</summary>
internal static class PtxCalls
{
    /// <summary>A builder whose compiler knows that calls of some methods of a type are written by another of its methods.</summary>
    public static Context.Builder Written(Context.Builder builder, Type type, string by, params ReadOnlySpan<string> methods)
    {
        foreach (var method in methods)
            ILGPU.IR.IRContextExtensions.GetIntrinsicManager(builder).RegisterMethod(type.GetMethod(method)!, new PTXIntrinsic(type, by, IntrinsicImplementationMode.GenerateCode));
        return builder;
    }

    /// <summary>Registers with what a call is given.</summary>
    public static Register.PrimitiveRegister[] Given(PTXCodeGenerator generator, MethodCall call)
    {
        var given = new Register.PrimitiveRegister[call.Count];
        for (var i = 0; i < given.Length; i++) given[i] = generator.EnsureHardwareRegister(generator.LoadPrimitive(call[i].Resolve()));
        return given;
    }
}
