using System.Collections.Frozen;
using System.Numerics;
using System.Reflection;

namespace Functional.Interpreter.Arithmetic;

/// <summary>A function of graphs in lanes.</summary>
/// <param name="Name">Its name in graphs.</param>
/// <param name="Method">The method of <see cref="Lanes"/>, generic in the vector and its numbers; its parameters and result are vectors.</param>
/// <param name="Single">The bound on its error in f32, in ulps; 0 where it is exact.</param>
/// <param name="Double">The bound on its error in f64, in ulps; 0 where it is exact.</param>
public sealed record LaneFunction(string Name, MethodInfo Method, double Single, double Double)
{
    private static readonly FrozenDictionary<string, LaneFunction> ByName = typeof(Lanes).GetMethods(BindingFlags.Public | BindingFlags.Static)
        .SelectMany(m => m.GetCustomAttributes<ComputesAttribute>().Select(a => new LaneFunction(a.Name, m, a.Single, a.Double)))
        .ToFrozenDictionary(f => f.Name);

    /// <summary>All there are, by name.</summary>
    public static IEnumerable<LaneFunction> All => ByName.Values.OrderBy(f => f.Name, StringComparer.Ordinal);

    /// <summary>The function of that name, or null.</summary>
    public static LaneFunction? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>How many operands.</summary>
    public int Arity => Method.GetParameters().Length;

    /// <summary>The method for vectors V of numbers T.</summary>
    public MethodInfo For<V, T>() where V : struct, ILanes<V, T> where T : unmanaged, IBinaryNumber<T> => Method.MakeGenericMethod(typeof(V), typeof(T));
}
