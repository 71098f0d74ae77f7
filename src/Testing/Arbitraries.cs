using FsCheck;
using FsCheck.Fluent;
using Functional.Interpreter;

namespace Functional.Testing;

/// <summary>
/// What FsCheck draws for a property's parameters: <c>[Property(Arbitrary = [typeof(Arbitraries)])]</c>, or <c>Prop.ForAll(Arbitraries.Programs(), …)</c>.
/// All of them shrink.
/// </summary>
public static class Arbitraries
{
    private const int MostAxes = 4;
    private const int MostElements = 64;

    /// <summary>Well-typed programs over every op, with sharing, smooth in f64 at their inputs; <see cref="RandomProgram.Of"/> draws other kinds.</summary>
    public static Arbitrary<RandomProgram> Programs() => RandomProgram.Of(Numbers.Smooth, DType.F64);

    /// <summary>Element types.</summary>
    public static Arbitrary<DType> ElementTypes() => Arb.From(Gen.Elements(DTypes.All.Items.AsEnumerable()), t => t == DType.F64 ? [] : [DType.F64]);

    /// <summary>Shapes of up to four axes and 64 elements, extents of 0 among them; they lose axes, then shrink to extents of 1.</summary>
    public static Arbitrary<Shape> Shapes() => Arb.From(
        Gen.Choose(0, MostAxes).SelectMany(rank => Gen.Frequency((9, Gen.Choose(1, 5)), (1, Gen.Constant(0))).ArrayOf(rank)).Select(dims => Shape.Of(dims)).Where(s => s.Size <= MostElements),
        Smaller);

    /// <summary>Types of tensors.</summary>
    public static Arbitrary<TensorType> TensorTypes() => Arb.From(
        ElementTypes().Generator.SelectMany(t => Shapes().Generator.Select(s => new TensorType(t, s))),
        type => Smaller(type.Shape).Select(s => type with { Shape = s }));

    /// <summary>Tensors of every type. Floating-point elements are between −10 and 10, or what is easily forgotten: 0, −0, a subnormal, ∞, −∞, NaN.</summary>
    public static Arbitrary<Tensor> Tensors() => Arb.From(TensorTypes().Generator.SelectMany(type => Elements(type, corners: true)), Smaller);

    /// <summary>Tensors of one type whose elements are finite, between −10 and 10.</summary>
    public static Arbitrary<Tensor> Finite(TensorType type) => Arb.From(Elements(type, corners: false), Zeroed);

    private static Gen<Tensor> Elements(TensorType type, bool corners)
    {
        var plain = type.DType.IsFloat ? Gen.Choose(-10_000, 10_000).Select(n => n / 1000.0) : Gen.Choose(type.DType is DType.Bool or DType.U8 ? 0 : -10, 10).Select(n => (double)n);
        var element = corners && type.DType.IsFloat
            ? Gen.Frequency((12, plain), (1, Gen.Elements(0, -0.0, double.Epsilon, double.PositiveInfinity, double.NegativeInfinity, double.NaN)))
            : plain;
        return element.ArrayOf((int)type.Shape.Size).Select(values => Values.Of(type, values));
    }

    private static IEnumerable<Shape> Smaller(Shape shape) =>
        Enumerable.Range(0, shape.Rank).Select(axis => Shape.Of([.. shape.Span[..axis], .. shape.Span[(axis + 1)..]]))
            .Concat(Enumerable.Range(0, shape.Rank).Where(axis => shape[axis] > 1).Select(axis => shape.With(axis, 1)));

    private static IEnumerable<Tensor> Smaller(Tensor x) =>
        Smaller(x.Shape).Where(s => s.Size <= x.Shape.Size).Select(s => Values.Of(x.Type with { Shape = s }, Values.Elements(x)[..(int)s.Size])).Concat(Zeroed(x));

    private static IEnumerable<Tensor> Zeroed(Tensor x)
    {
        var elements = Values.Elements(x);
        return Enumerable.Range(0, elements.Length).Where(i => elements[i] != 0).Select(i =>
        {
            var fewer = elements.ToArray();
            fewer[i] = 0;
            return Values.Of(x.Type, fewer);
        });
    }
}
