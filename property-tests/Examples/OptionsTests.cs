using Cnn;
using Functional;
using Xunit;

namespace PropertyTests.Examples;

public sealed class OptionsTests
{
    private static string Parsed(string line) =>
        Options.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Match(o => o.ToString(), e => e.Message);

    [Fact]
    public void What_is_not_said_has_a_default() => Assert.Contains("Dataset = digits, Data = , Epochs = 3, Batch = 64", Parsed(""));

    [Fact]
    public void A_folder_alone_means_mnist() => Assert.Contains("Dataset = mnist, Data = somewhere", Parsed("--data somewhere"));

    [Fact]
    public void Help_wins_over_whatever_else_is_said() => Assert.Contains("Help = True", Parsed("--epochs 2 --help --nonsense"));

    [Theory]
    [InlineData("--nonsense 1", "there is no option --nonsense")]
    [InlineData("7", "'7' is not an option")]
    [InlineData("--epochs", "--epochs needs a value")]
    [InlineData("--epochs 0", "--epochs needs a positive whole number, not '0'")]
    [InlineData("--lr -1", "--lr needs a positive number, not '-1'")]
    [InlineData("--lr NaN", "--lr needs a positive number, not 'NaN'")]
    [InlineData("--seed x", "--seed needs a whole number, not 'x'")]
    [InlineData("--optimizer lion", "--optimizer takes sgd, momentum")]
    [InlineData("--precision f8", "--precision takes f32, tf32, bf16, f16, not 'f8'")]
    [InlineData("--backend tpu", "--backend takes cpu, gpu, cuda, opencl, gpu-debug, auto, reference, not 'tpu'")]
    [InlineData("--plot out.pdf", "must end in .png, not 'out.pdf'")]
    [InlineData("--dataset cifar10", "--dataset cifar10 needs --data DIR")]
    [InlineData("--dataset digits --data x", "digits are drawn, not loaded")]
    public void What_is_wrong_is_named_with_what_was_expected(string line, string expected) => Assert.Contains(expected, Parsed(line));

    [Theory]
    [InlineData("cpu")]
    [InlineData("gpu-debug")]
    [InlineData("reference")]
    public void Tf32_is_only_for_tensor_cores(string backend)
    {
        Assert.Contains("Precision = tf32", Parsed($"--precision tf32 --backend {backend}"), StringComparison.Ordinal);
        Assert.Contains("has no tensor cores, which tf32 is for", Backends.Open(backend, precision: Options.Precisions["tf32"].OfF32).Match(_ => "", e => e.Message), StringComparison.Ordinal);
        Assert.True(Backends.Open(backend, precision: Options.Precisions["bf16"].OfF32).IsSucc);
    }

    [Fact]
    public void Every_option_is_in_the_help()
    {
        foreach (var option in typeof(Options).GetProperties().Where(p => p.CanWrite).Select(p => p.Name))
            Assert.Contains(option == "LearningRate" ? "--lr" : $"--{option.ToLowerInvariant()}", Options.Usage);
    }
}
