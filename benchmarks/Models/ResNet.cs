using Functional.Nn;
using static Functional.Nn.Layers;

namespace Benchmarks.Models;

/// <summary>Residual networks for images of 224 × 224 (He et al., 2016, table 1).</summary>
public static class ResNet
{
    /// <summary>18 layers: two blocks of two 3 × 3 convolutions at each of four sizes.</summary>
    public static Layer Eighteen(int classes) =>
        Convolution(64, kernel: 7, stride: 2, padding: 3) >> Relu >> MaxPool(3, 2, 1)
        >> Block(64, 1) >> Block(64, 1) >> Block(128, 2) >> Block(128, 1) >> Block(256, 2) >> Block(256, 1) >> Block(512, 2) >> Block(512, 1)
        >> GlobalAvgPool >> Dense(classes);

    /// <summary>50 layers: 3, 4, 6 and 3 blocks of a 1 × 1, a 3 × 3 and a wider 1 × 1 convolution at the four sizes.</summary>
    public static Layer Fifty(int classes) =>
        Convolution(64, kernel: 7, stride: 2, padding: 3) >> Relu >> MaxPool(3, 2, 1)
        >> Bottlenecks(64, 3, 1) >> Bottlenecks(128, 4, 2) >> Bottlenecks(256, 6, 2) >> Bottlenecks(512, 3, 2)
        >> GlobalAvgPool >> Dense(classes);

    private static Layer Bottlenecks(int channels, int count, int stride) =>
        Enumerable.Range(0, count).Select(i => Bottleneck(channels, i == 0 ? stride : 1, isFirst: i == 0)).Aggregate((a, b) => a >> b);

    private static Layer Bottleneck(int channels, int stride, bool isFirst) => Residual(
        Convolution(channels, 1, 1, 0) >> Relu >> Convolution(channels, 3, stride, 1) >> Relu >> Convolution(4 * channels, 1, 1, 0),
        isFirst ? Convolution(4 * channels, 1, stride, 0) : null) >> Relu;

    private static Layer Block(int channels, int stride) =>
        Residual(Convolution(channels, 3, stride, 1) >> Relu >> Convolution(channels, 3, 1, 1), stride == 1 ? null : Convolution(channels, 1, stride, 0)) >> Relu;

    private static Layer Convolution(int channels, int kernel, int stride, int padding) => Conv2d(channels, kernel, stride, padding, bias: false) >> BatchNorm();
}
