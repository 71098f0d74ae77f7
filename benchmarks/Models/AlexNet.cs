using Functional.Nn;
using static Functional.Nn.Layers;

namespace Benchmarks.Models;

/// <summary>The one-tower variant (Krizhevsky, 2014) of AlexNet, for images of 224 × 224; without dropout.</summary>
public static class AlexNet
{
    /// <summary>Five convolutions and three dense layers.</summary>
    public static Layer Of(int classes) =>
        Conv2d(64, kernel: 11, stride: 4, padding: 2) >> Relu >> MaxPool(3, 2)
        >> Conv2d(192, kernel: 5, padding: 2) >> Relu >> MaxPool(3, 2)
        >> Conv2d(384, kernel: 3, padding: 1) >> Relu >> Conv2d(256, kernel: 3, padding: 1) >> Relu >> Conv2d(256, kernel: 3, padding: 1) >> Relu >> MaxPool(3, 2)
        >> Flatten >> Dense(4096) >> Relu >> Dense(4096) >> Relu >> Dense(classes);
}
