using FsCheck.Fluent;
using Functional;
using Functional.Testing;
using Xunit;
using static Functional.Prelude;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>The one traversal: each node once, inputs before users, the first input first.</summary>
public sealed class FoldLaws
{
    [Fact]
    public void Inputs_come_before_their_users_and_nothing_twice()
    {
        foreach (var program in Program.Of(Numbers.Integers, DType.F32).Generator.Sample(100, 60))
        {
            var seen = new HashSet<Expr>();
            foreach (var node in program.Function.Nodes)
            {
                Assert.All(node.Inputs, x => Assert.Contains(x, seen));
                Assert.True(seen.Add(node), $"{node} stands twice in {program}");
            }
            Assert.All(program.Function.Results, r => Assert.Contains(r, seen));
        }
    }

    [Fact]
    public void The_first_input_comes_first()
    {
        var (a, b) = (variable("a"), variable("b"));
        var (sum, product) = (b + a, a * b);
        var difference = product - sum;
        Assert.Equal([b, a, sum, product, difference], Fold.PostOrder(sum, difference).ToArray());
    }

    [Fact]
    public void A_rewrite_that_changes_nothing_gives_the_same_nodes()
    {
        foreach (var program in Program.Of(Numbers.Integers, DType.F32).Generator.Sample(50, 60))
            Assert.Equal([.. program.Function.Results], Fold.Rewrite(program.Function.Results, x => x).ToArray());
    }
}
