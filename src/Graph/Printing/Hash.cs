namespace Functional;

public static partial class Prelude
{
    /// <summary>The structural hash of a function: 128 bits, the same in every process, for functions equal up to the names of parameters. See <see cref="StructuralHash"/>.</summary>
    public static UInt128 hash(Function f) => f.Hash;

    /// <summary>The structural hash of an expression, whose free variables count by name and type.</summary>
    public static UInt128 hash(Expr x) => StructuralHash.Of(x);
}
