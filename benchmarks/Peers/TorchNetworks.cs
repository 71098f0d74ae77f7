using Module = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;
using static Benchmarks.Peers.TorchLayers;

namespace Benchmarks.Peers;

/// <summary>The networks of <see cref="Networks"/> as libtorch's modules.</summary>
public static class TorchNetworks
{
    public static Module Mlp() => Chain(Dense(784, 512), Relu(), Dense(512, 256), Relu(), Dense(256, 10));

    public static Module LeNet() => Chain(
        Conv(1, 32, 5), Relu(), MaxPool(2, 2), Conv(32, 64, 5), Relu(), MaxPool(2, 2), Flatten(), Dense(1024, 512), Relu(), Dense(512, 10));

    public static Module AlexNet(int classes) => Chain(
        Conv(3, 64, 11, 4, 2), Relu(), MaxPool(3, 2), Conv(64, 192, 5, 1, 2), Relu(), MaxPool(3, 2),
        Conv(192, 384, 3, 1, 1), Relu(), Conv(384, 256, 3, 1, 1), Relu(), Conv(256, 256, 3, 1, 1), Relu(), MaxPool(3, 2),
        Flatten(), Dense(256 * 6 * 6, 4096), Relu(), Dense(4096, 4096), Relu(), Dense(4096, classes));

    public static Module Vgg16(int classes)
    {
        var parts = new List<(string, Module)>();
        var channels = 3;
        foreach (var (to, convolutions) in new[] { (64, 2), (128, 2), (256, 3), (512, 3), (512, 3) })
        {
            for (var i = 0; i < convolutions; i++)
            {
                parts.AddRange([Conv(channels, to, 3, 1, 1), Relu()]);
                channels = to;
            }
            parts.Add(MaxPool(2, 2));
        }
        return Chain([.. parts, Flatten(), Dense(512 * 7 * 7, 4096), Relu(), Dense(4096, 4096), Relu(), Dense(4096, classes)]);
    }

    public static Module ResNet18(int classes)
    {
        var parts = new List<(string, Module)> { Conv(3, 64, 7, 2, 3, bias: false), BatchNorm(64), Relu(), MaxPool(3, 2, 1) };
        var channels = 64;
        foreach (var (to, stride) in new[] { (64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1) })
        {
            var branch = Chain(Conv(channels, to, 3, stride, 1, bias: false), BatchNorm(to), Relu(), Conv(to, to, 3, 1, 1, bias: false), BatchNorm(to));
            parts.AddRange([Residual(branch, stride == 1 ? null : Chain(Conv(channels, to, 1, stride, 0, bias: false), BatchNorm(to))), Relu()]);
            channels = to;
        }
        return Chain([.. parts, GlobalAvgPool(), Flatten(), Dense(512, classes)]);
    }

    public static Module TransformerBlock(int width, int heads) => Chain(
        Residual(Chain(LayerNorm(width), Attention(width, heads))), Residual(Chain(LayerNorm(width), TorchLayers.Mlp(width, 4))));

    public static Module Lstm(int features, int hidden) => Chain(TorchLayers.Lstm(features, hidden));

}
