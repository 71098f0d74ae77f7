using Functional.Nn;
using static Functional.Nn.Layers;

namespace Benchmarks.Models;

/// <summary>Networks of 3 × 3 convolutions for images of 224 × 224 (Simonyan and Zisserman, 2015); without dropout.</summary>
public static class Vgg
{
    /// <summary>Configuration D: thirteen convolutions in five groups, and three dense layers.</summary>
    public static Layer Sixteen(int classes) =>
        Group(64, 2) >> Group(128, 2) >> Group(256, 3) >> Group(512, 3) >> Group(512, 3)
        >> Flatten >> Dense(4096) >> Relu >> Dense(4096) >> Relu >> Dense(classes);

    private static Layer Group(int channels, int convolutions) =>
        Enumerable.Repeat(Conv2d(channels, kernel: 3, padding: 1) >> Relu, convolutions).Aggregate((a, b) => a >> b) >> MaxPool(2);
}
