namespace Functional.Testing;

/// <summary>What a program's numbers are.</summary>
public enum Numbers
{
    /// <summary>Integers so small that every sum and product is exact, in f32 as in f64, in any order.</summary>
    Integers,

    /// <summary>Real numbers at which every function is smooth; what is discrete reads integers only.</summary>
    Smooth,
}

/// <summary>One instruction: an op code, and the numbers from which it draws operands and attributes, each modulo what there is to choose from.</summary>
internal readonly record struct Step(int Code, ValueArray<int> Draws)
{
    public override string ToString() => $"{OpCodes.All[Code % OpCodes.All.Length].Name}({string.Join(" ", Draws)})";
}

/// <summary>A program as a list of instructions. Any recipe makes a well-typed program: an instruction that does not fit adds nothing.</summary>
internal sealed record Recipe(Numbers Numbers, DType Float, int Seed, ValueArray<Step> Steps)
{
    /// <summary>Recipes with less in them: fewer steps, then smaller numbers.</summary>
    public IEnumerable<Recipe> Shrink()
    {
        for (var length = Steps.Count; length > 0; length /= 2)
            for (var at = 0; at + length <= Steps.Count; at += length)
                yield return this with { Steps = Steps.Items.RemoveRange(at, length) };
        for (var i = 0; i < Steps.Count; i++)
            for (var d = 0; d < Steps[i].Draws.Count; d++)
                if (Steps[i].Draws[d] is > 0 and var draw)
                {
                    var draws = Steps[i].Draws.Items;
                    yield return this with { Steps = Steps.Items.SetItem(i, Steps[i] with { Draws = draws.SetItem(d, 0) }) };
                    if (draw > 1) yield return this with { Steps = Steps.Items.SetItem(i, Steps[i] with { Draws = draws.SetItem(d, draw / 2) }) };
                }
    }

    public override string ToString() => $"{Numbers} {Float.Text} {Seed}: {string.Join("; ", Steps)}";
}
