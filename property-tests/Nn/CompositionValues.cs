using Functional;
using Functional.Interpreter;
using Functional.Nn;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Nn;

/// <summary>Compositions against their definitions written out as loops.</summary>
public sealed class CompositionValues
{
    private static readonly Reference Reference = new();

    private static Expr Numbers(Random random, params int[] dims) =>
        constant(Literal.Of<double>(Shape.Of(dims), [.. Enumerable.Range(0, dims.Aggregate(1, (a, b) => a * b)).Select(_ => (double)random.Next(-3, 4))]));

    [Theory]
    [InlineData("ij,jk->ik")]
    [InlineData("bij,bjk->bik")]
    [InlineData("i,j->ji")]
    [InlineData("i,i")]
    [InlineData("ii")]
    [InlineData("iji->ji")]
    [InlineData("ij->j")]
    [InlineData("kij->")]
    [InlineData("ab,bc,cd,d->a")]
    [InlineData("bhqd,bhkd->bhqk")]
    [InlineData("ij,ij,ij->ji")]
    [InlineData("cb,a")]
    public void Einsum_is_the_sum_over_all_indices_of_the_products(string subscripts)
    {
        var (random, extents) = (new Random(1), new Dictionary<char, int> { ['i'] = 3, ['j'] = 2, ['k'] = 4, ['a'] = 2, ['b'] = 3, ['c'] = 4, ['d'] = 2, ['h'] = 2, ['q'] = 3 });
        var inputs = subscripts.Split("->")[0].Split(',');
        var operands = inputs.Select(s => Numbers(random, [.. s.Select(c => extents[c])])).ToArray();
        var letters = string.Concat(inputs.SelectMany(s => s).Distinct());
        var result = subscripts.Contains('>', StringComparison.Ordinal) ? subscripts.Split("->")[1]
            : string.Concat(letters.Where(c => inputs.Sum(s => s.Count(d => d == c)) == 1).Order());
        var expected = new double[result.Aggregate(1, (n, c) => n * extents[c])];
        foreach (var index in Indices.Of(Shape.Of(letters.Select(c => extents[c]))))
        {
            int At(string axes) => axes.Aggregate(0, (flat, c) => flat * extents[c] + index[letters.IndexOf(c)]);
            expected[At(result)] += inputs.Zip(operands, (s, x) => ((Constant)x.Op).Value[At(s)]).Aggregate((a, b) => a * b);
        }
        var actual = Reference.Eval(einsum(subscripts, operands));
        Assert.Equal(Shape.Of(result.Select(c => extents[c])), actual.Shape);
        Assert.Equal(expected, actual.ToArray<double>());
    }

    [Theory]
    [InlineData("ij,jk->ik", "'ij' names 2 axes, but operand 0 has 1")]
    [InlineData("i,i->i", "'i' has extent 3, but 4 at axis 0 of operand 1")]
    [InlineData("i->i", "1 operands are described, but 2 are given")]
    [InlineData("i,j->k", "no operand has the axis 'k'")]
    [InlineData("i,j->ii", "names an axis twice")]
    [InlineData("i,1->i", "expected letters")]
    public void A_wrong_einsum_says_what_is_wrong(string subscripts, string expected) =>
        Assert.Contains(expected, Assert.Throws<ShapeError>(() => einsum(subscripts, variable("x", TensorType.F32(3)), variable("y", TensorType.F32(4)))).Message);

    [Fact]
    public void Variance_and_products_are_those_of_loops()
    {
        var x = Numbers(new Random(2), 3, 5);
        var rows = Reference.Eval(x).ToArray<double>().Chunk(5).ToArray();
        Assert.Equal(rows.Select(r => r.Aggregate((a, b) => a * b)), Reference.Eval(prod(x, 1)).ToArray<double>());
        Assert.Equal(rows.SelectMany(r => r).Aggregate((a, b) => a * b), Reference.Eval(prod(x)).Value);
        Assert.Equal([1, 1], Reference.Eval(prod(ones(TensorType.F64(2, 0)), 1)).ToArray<double>());
        foreach (var (row, v) in rows.Zip(Reference.Eval(variance(x, 1)).ToArray<double>())) Assert.Equal(row.Average(a => (a - row.Average()) * (a - row.Average())), v, 1e-14);
    }

    [Fact]
    public void The_derivative_of_a_product_is_the_product_of_the_others_though_one_is_zero() =>
        Assert.Equal([0, 8, 0], Reference.Eval(grad(v => prod(v))(vector(2.0, 0, 4))).ToArray<double>());

    [Fact]
    public void Predicates_look_at_every_element()
    {
        var x = constant<float>([2, 2], 1, float.NaN, float.PositiveInfinity, -2);
        Assert.Equal([false, true, false, false], Reference.Eval(isNan(x)).ToArray<bool>());
        Assert.Equal([true, false, false, true], Reference.Eval(isFinite(x)).ToArray<bool>());
        Assert.Equal([true, false], Reference.Eval(any(isNan(x), 1)).ToArray<bool>());
        Assert.Equal([false, false], Reference.Eval(all(isFinite(x), 1)).ToArray<bool>());
        Assert.Contains("needs truth values", Assert.Throws<ShapeError>(() => any(x)).Message);
    }

    [Theory]
    [InlineData(6, 6)]
    [InlineData(3, 8)]
    [InlineData(8, 3)]
    public void Orthogonal_weights_have_orthonormal_rows_or_columns(int rows, int columns)
    {
        var w = Initializers.Orthogonal()(key(5), TensorType.F64(rows, columns));
        var gram = rows < columns ? matmul(w, transpose(w)) : matmul(transpose(w), w);
        var identity = Reference.Eval(gram).ToArray<double>();
        for (var i = 0; i < identity.Length; i++) Assert.Equal(i % (Math.Min(rows, columns) + 1) == 0 ? 1 : 0, identity[i], 1e-12);
    }
}
