using Functional;
using Functional.Interpreter;
using TorchSharp;
using Module = TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;
using TorchTensor = TorchSharp.torch.Tensor;

namespace Benchmarks.Peers;

/// <summary>Modules of libtorch under the names of our layers, so that weights are carried over by path.</summary>
public static class TorchLayers
{
    /// <summary>One after the other, each named by its kind and its place among those of its kind.</summary>
    public static Module Chain(params ReadOnlySpan<(string Kind, Module Module)> parts)
    {
        var count = new Dictionary<string, int>();
        var named = new List<(string, Module)>();
        foreach (var (kind, module) in parts) named.Add(($"{kind}_{count[kind] = count.GetValueOrDefault(kind, -1) + 1}", module));
        return torch.nn.Sequential([.. named]);
    }

    public static (string, Module) Conv(int from, int to, int kernel, int stride = 1, int padding = 0, bool bias = true) =>
        ("conv2d", torch.nn.Conv2d(from, to, kernel, stride, padding, bias: bias));

    public static (string, Module) Dense(int from, int to) => ("dense", torch.nn.Linear(from, to));

    public static (string, Module) Relu() => ("relu", torch.nn.ReLU());

    public static (string, Module) MaxPool(int size, int stride, int padding = 0) => ("maxPool", torch.nn.MaxPool2d(size, stride, padding));

    public static (string, Module) BatchNorm(int channels) => ("batchNorm", torch.nn.BatchNorm2d(channels));

    public static (string, Module) LayerNorm(int features) => ("layerNorm", torch.nn.LayerNorm(features));

    public static (string, Module) Flatten() => ("flatten", torch.nn.Flatten());

    public static (string, Module) GlobalAvgPool() => ("globalAvgPool", torch.nn.AdaptiveAvgPool2d(1));

    public static (string, Module) Residual(Module branch, Module? shortcut = null) => ("residual", new Sum(branch, shortcut));

    public static (string, Module) Attention(int width, int heads) => ("attention", new SelfAttention(width, heads));

    public static (string, Module) Mlp(int width, int times) => ("mlp", new Wide(width, times));

    public static (string, Module) Lstm(int features, int hidden) => ("lstm", new Sequences(features, hidden));

    private sealed class Sum : Module
    {
        private readonly Module branch;
        private readonly Module? shortcut;

        public Sum(Module branch, Module? shortcut) : base("residual")
        {
            (this.branch, this.shortcut) = (branch, shortcut);
            RegisterComponents();
        }

        public override TorchTensor forward(TorchTensor x) => branch.forward(x) + (shortcut is null ? x : shortcut.forward(x));
    }

    private sealed class SelfAttention : Module
    {
        private readonly Module query, key, value, output;
        private readonly int heads;

        public SelfAttention(int width, int heads) : base("attention")
        {
            Module Linear() => torch.nn.Linear(width, width, hasBias: false);
            (query, key, value, output, this.heads) = (Linear(), Linear(), Linear(), Linear(), heads);
            RegisterComponents();
        }

        public override TorchTensor forward(TorchTensor x)
        {
            var (n, tokens, width) = (x.shape[0], x.shape[1], x.shape[2]);
            TorchTensor Heads(Module linear) => linear.forward(x).view(n, tokens, heads, width / heads).transpose(1, 2);
            var attended = torch.nn.functional.scaled_dot_product_attention(Heads(query), Heads(key), Heads(value));
            return output.forward(attended.transpose(1, 2).reshape(n, tokens, width));
        }
    }

    private sealed class Wide : Module
    {
        private readonly Module up, down;

        public Wide(int width, int times) : base("mlp")
        {
            (up, down) = (torch.nn.Linear(width, times * width, hasBias: false), torch.nn.Linear(times * width, width, hasBias: false));
            RegisterComponents();
        }

        public override TorchTensor forward(TorchTensor x) => down.forward(torch.nn.functional.gelu(up.forward(x)));
    }

    private sealed class Sequences : Module
    {
        private readonly TorchSharp.Modules.LSTM lstm;

        public Sequences(int features, int hidden) : base("lstm")
        {
            lstm = torch.nn.LSTM(features, hidden, batchFirst: true);
            RegisterComponents();
        }

        public override TorchTensor forward(TorchTensor x) => lstm.forward(x).Item1;
    }

    /// <summary>Gives a module's parameters our values.</summary>
    public static void Load(Module module, Params<Tensor> weights)
    {
        using var still = torch.no_grad();
        foreach (var (name, parameter) in module.named_parameters())
        {
            if (PathOf(name, weights) is not { } path) parameter.zero_();
            else parameter.copy_(Turned(torch.tensor(weights[path].ToArray<float>(), [.. weights[path].Shape.Select(d => (long)d)])));
        }
    }

    /// <summary>A module's parameters under our paths, as they are now.</summary>
    public static Params<float[]> Read(Module module, Params<Tensor> like) => Params<float[]>.Of(
        from p in module.named_parameters()
        let path = PathOf(p.name, like)
        where path is not null
        select KeyValuePair.Create(path, Libtorch.Values(Turned(p.parameter.detach()))));

    /// <summary>Matrices stand [out, in] in libtorch, [in, out] here.</summary>
    private static TorchTensor Turned(TorchTensor x) => x.dim() == 2 ? x.t() : x;

    /// <summary>Our path of libtorch's name; null for the LSTM's second bias, which we do not have.</summary>
    private static string? PathOf(string name, Params<Tensor> weights)
    {
        var path = name.Replace('.', '/');
        string[] candidates =
        [
            path, path.Replace("/weight", "", StringComparison.Ordinal), path.Replace("/weight", "/scale", StringComparison.Ordinal), path.Replace("/bias", "/shift", StringComparison.Ordinal),
            path.Replace("lstm/weight_ih_l0", "inputWeight", StringComparison.Ordinal), path.Replace("lstm/weight_hh_l0", "hiddenWeight", StringComparison.Ordinal),
            path.Replace("lstm/bias_ih_l0", "bias", StringComparison.Ordinal),
        ];
        return candidates.FirstOrDefault(weights.Contains) ?? (name.EndsWith("bias_hh_l0", StringComparison.Ordinal) ? null : throw new InvalidOperationException($"no weight of ours is libtorch's {name}"));
    }
}
