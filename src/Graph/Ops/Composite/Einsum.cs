using System.Collections.Immutable;

namespace Functional;

public static partial class Prelude
{
    /// <summary>
    /// Einstein's sum: each operand's axes are named by letters, equal letters go together, and letters that the result lacks are summed over:
    /// <c>einsum("bij,bjk->bik", x, y)</c> is a batched matrix product, <c>einsum("ii", x)</c> a trace, <c>einsum("i,j->ij", x, y)</c> an outer
    /// product. Without an arrow the result has the letters that occur once, in alphabetical order. NumPy's <c>einsum</c>, without ellipsis.
    /// </summary>
    /// <exception cref="ShapeError">The notation is malformed, does not fit an operand's rank, or gives one letter two extents.</exception>
    public static Expr einsum(string subscripts, params ReadOnlySpan<Expr> operands)
    {
        var notation = Einsum.Parse(subscripts, [.. operands]);
        var terms = notation.Operands.Select(o => Einsum.Diagonal(o.Letters, o.Value)).ToList();
        while (terms.Count > 1)
        {
            var later = terms.Skip(2).SelectMany(t => t.Letters).Concat(notation.Result).ToHashSet();
            terms[0] = Einsum.Product(terms[0], terms[1], later);
            terms.RemoveAt(1);
        }
        var (letters, value) = Einsum.SumOver(terms[0], notation.Result.ToHashSet());
        return permute(value, Axes.Of(notation.Result.Select(c => letters.IndexOf(c))));
    }
}

/// <summary>The steps of <see cref="Prelude.einsum"/>: an operand is a tensor and a letter for each of its axes.</summary>
internal static class Einsum
{
    internal readonly record struct Term(string Letters, Expr Value);

    public static (ImmutableArray<Term> Operands, string Result) Parse(string subscripts, ImmutableArray<Expr> values)
    {
        ShapeError Error(string problem) => new("einsum", [.. values.Select(v => new Operand(v.Label, v.Type))], [$"'{subscripts}': {problem}"]);
        var sides = subscripts.Replace(" ", "", StringComparison.Ordinal).Split("->");
        var inputs = sides[0].Split(',');
        if (sides.Length > 2 || sides.Any(s => s.Any(c => c != ',' && !char.IsAsciiLetter(c)))) throw Error("expected letters, commas and at most one ->");
        if (inputs.Length != values.Length) throw Error($"{inputs.Length} operands are described, but {values.Length} are given");
        var extents = new Dictionary<char, int>();
        for (var i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].Length != values[i].Rank) throw Error($"'{inputs[i]}' names {inputs[i].Length} axes, but operand {i} has {values[i].Rank}");
            for (var axis = 0; axis < inputs[i].Length; axis++)
                if (extents.TryAdd(inputs[i][axis], values[i].Shape[axis]) is false && extents[inputs[i][axis]] != values[i].Shape[axis])
                    throw Error($"'{inputs[i][axis]}' has extent {extents[inputs[i][axis]]}, but {values[i].Shape[axis]} at axis {axis} of operand {i}");
        }
        var result = sides.Length == 2 ? sides[1] : string.Concat(sides[0].Where(c => c != ',').GroupBy(c => c).Where(g => g.Count() == 1).Select(g => g.Key).Order());
        if (result.Distinct().Count() != result.Length) throw Error("the result names an axis twice");
        return result.FirstOrDefault(c => !extents.ContainsKey(c)) is not '\0' and var unknown ? throw Error($"no operand has the axis '{unknown}' of the result")
            : ([.. inputs.Zip(values, (letters, value) => new Term(letters, value))], result);
    }

    /// <summary>An operand in which no letter stands twice: equal letters are taken on their diagonal.</summary>
    public static Term Diagonal(string letters, Expr x)
    {
        for (var j = 1; j < letters.Length; j++)
        {
            var i = letters.IndexOf(letters[j]);
            if (i == j) continue;
            var (n, rest) = (x.Shape[i], Axes.Of(Enumerable.Range(0, x.Rank).Where(a => a != i && a != j)));
            var flat = Prelude.reshape(Prelude.permute(x, Axes.Of([i, j]).Concat(rest)), Shape.Of([n * n]).Concat(x.Shape.Pick(rest)));
            var diagonal = Prelude.slice(flat, 0, ..(n == 0 ? 0 : (n - 1) * (n + 1) + 1), n + 1);
            return Diagonal($"{letters[j]}{string.Concat(rest.Select(a => letters[a]))}", diagonal);
        }
        return new(letters, x);
    }

    /// <summary>The product of two operands; letters that nothing later needs are summed over.</summary>
    public static Term Product(Term x, Term y, HashSet<char> later)
    {
        x = SumOver(x, [.. later, .. y.Letters]);
        y = SumOver(y, [.. later, .. x.Letters]);
        var common = x.Letters.Where(y.Letters.Contains).ToLookup(later.Contains);
        Axes In(Term t, IEnumerable<char> letters) => Axes.Of(letters.Select(c => t.Letters.IndexOf(c)));
        var dot = Prelude.dot(x.Value, y.Value, In(x, common[true]), In(y, common[true]), In(x, common[false]), In(y, common[false]));
        return new(string.Concat(common[true].Concat(x.Letters.Except(y.Letters)).Concat(y.Letters.Except(x.Letters))), dot);
    }

    /// <summary>The operand summed over the letters that are not kept.</summary>
    public static Term SumOver(Term x, HashSet<char> kept) => new(
        string.Concat(x.Letters.Where(kept.Contains)),
        Prelude.sum(x.Value, Axes.Of(Enumerable.Range(0, x.Letters.Length).Where(a => !kept.Contains(x.Letters[a])))));
}
