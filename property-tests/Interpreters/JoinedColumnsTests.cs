using Functional;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Interpreters;

/// <summary>Convolutions of 1×1 windows over planes that leave part of a vector, which is filled from several images.</summary>
public sealed class JoinedColumnsTests
{
    /// <summary>
    /// One joined panel and several, of images that divide them and not, the last half full; groups; filters that are copied, for all images and for
    /// those of a group, and in two rounds; with what goes on with the result; and both gradients, of which that by the input reads filters turned.
    /// </summary>
    [Theory]
    [InlineData(8, 128, 14, 14, 132, 1)]
    [InlineData(9, 136, 7, 7, 260, 1)]
    [InlineData(11, 130, 6, 5, 200, 1)]
    [InlineData(50, 128, 6, 3, 128, 1)]
    [InlineData(5, 260, 5, 5, 270, 2)]
    [InlineData(5, 640, 7, 7, 130, 1)]
    [InlineData(5, 1280, 5, 5, 260, 2)]
    [InlineData(2, 2048, 4, 17, 520, 1)]
    public void A_pointwise_convolution_of_small_planes_equals_the_reference(int images, int channels, int height, int width, int filters, int groups)
    {
        Shape x = Shape.Of([images, channels, height, width]), y = Shape.Of([filters, channels / groups, 1, 1]), z = x.With(1, filters);
        TensorType[] types = [new(DType.F32, x), new(DType.F32, y), TensorType.F32(filters), new(DType.F32, z)];
        Expr Conv(Expr a, Expr b, Expr bias) => relu(conv2d(a, b, groups: groups) + broadcast(bias, z, Axes.Of([1])));
        Assert.Single(SmallIntegers.Agree(2, p => [Conv(p[0], p[1], p[2])], default, types).Steps);
        SmallIntegers.Agree(
            2,
            p =>
            {
                var (dx, dy) = grad<(Expr X, Expr Y)>(t => sum(Conv(t.X, t.Y, p[2]) * p[3]))((p[0], p[1]));
                return [dx, dy];
            },
            default, types);
    }
}
