using Functional.Interpreter;
using Functional.Nn;
using Functional.Nn.Data;
using Xunit;

namespace PropertyTests.Data;

public sealed class DatasetTests
{
    private static readonly Dataset Numbers = new(
        Tensor.Of<float>([23, 1], [.. Enumerable.Range(0, 23).Select(i => (float)i)]), Tensor.Of<int>([.. Enumerable.Range(0, 23)]), 23);

    private static int[] Order(int size, long? key, int skip = 0) => [.. Numbers.Batches(size, key, skip).SelectMany(b => b.Labels.ToArray<int>())];

    [Fact]
    public void Every_example_comes_once_an_epoch_with_its_own_label()
    {
        foreach (var batch in Numbers.Batches(5, key: 9)) Assert.Equal(batch.Labels.ToArray<int>().Select(i => (float)i), batch.Images.ToArray<float>());
        Assert.Equal(Enumerable.Range(0, 23), Order(5, 9).Order());
        Assert.Equal([5, 5, 5, 5, 3], Numbers.Batches(5, 9).Select(b => b.Count));
    }

    [Fact]
    public void The_order_depends_on_the_key_alone()
    {
        Assert.Equal(Order(5, 9), Order(7, 9));
        Assert.NotEqual(Order(5, 9), Order(5, 10));
        Assert.Equal(Enumerable.Range(0, 23), Order(5, null));
        Assert.Equal(Order(5, 9)[10..], Order(5, 9, skip: 2));
    }

    [Fact]
    public void Drawn_digits_depend_on_key_and_place_alone()
    {
        var (few, many) = (SyntheticDigits.Make(20, key: 4), SyntheticDigits.Make(50, key: 4));
        Assert.Equal(few.Images.ToArray<float>(), many.Images.ToArray<float>()[..(20 * 784)]);
        Assert.NotEqual(few.Images, SyntheticDigits.Make(20, key: 5).Images);
        Assert.All(few.Images.ToArray<float>(), p => Assert.InRange(p, 0, 1));
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(i % 10, many.Labels.Span<int>()[i]);
            Assert.InRange(many.Images.ToArray<float>().Skip(i * 784).Take(784).Sum(), 25, 350);
        }
    }
}
