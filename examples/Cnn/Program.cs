using Cnn;
using Functional.Interpreter;
using Functional.Interpreter.Cpu;
using Functional.Nn;
using Functional.Nn.Data;
using LanguageExt;
using static Functional.Nn.Layers;

return Options.Parse(args).Match(Run, Refuse);

static int Refuse(LanguageExt.Common.Error error)
{
    Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine("--help lists the options");
    return 2;
}

static int Run(Options options)
{
    if (options.Help)
    {
        Console.WriteLine(Options.Usage);
        return 0;
    }
    Fin<(Dataset Train, Dataset Test)> data = options.Data is { } folder
        ? from train in Idx.Load(folder, train: true) from test in Idx.Load(folder, train: false) select (train, test)
        : (SyntheticDigits.Make(10_000, key: 1), SyntheticDigits.Make(2_000, key: 2));
    return data.Match(d => Train(options, d.Train, d.Test), Refuse);
}

static int Train(Options options, Dataset train, Dataset test)
{
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, e) =>
    {
        e.Cancel = true;
        stop.Cancel();
    };
    IInterpreter interpreter = options.Backend == "cpu" ? new Cpu(options.Threads) : new Reference();
    var leNet = Conv2d(32, kernel: 5) >> Relu >> MaxPool(2) >> Conv2d(64, kernel: 5) >> Relu >> MaxPool(2) >> Flatten >> Dense(512) >> Relu >> Dense(10);
    var training = new Training(interpreter, leNet, Chosen(options, train.Count), options.Seed);
    var state = training.Start(train.Images.Shape[1..]);
    Console.WriteLine($"{train.Count} images to learn from, {test.Count} to test, {state.Weights.Values.Sum(w => w.Shape.Size):N0} weights, {interpreter.Name}");
    for (var epoch = 0; epoch < options.Epochs && !stop.IsCancellationRequested; epoch++)
    {
        state = Report.Epoch($"epoch {epoch + 1}/{options.Epochs}", train.Count, progress => training.Epoch(state, train, options.Batch, epoch, progress, stop.Token));
        Console.WriteLine($"epoch {epoch + 1}: test accuracy {Report.Accuracy(training.Confusion(state, test, 256)):P2}");
    }
    Report.Confusion(training.Confusion(state, test, 256));
    return stop.IsCancellationRequested ? 130 : 0;
}

static Optimizer Chosen(Options options, int examples)
{
    var rate = Schedules.Cosine(options.LearningRate, options.Epochs * ((examples + options.Batch - 1) / options.Batch));
    return options.Optimizer switch
    {
        "sgd" => Optimizers.Sgd(rate),
        "momentum" => Optimizers.Momentum(rate),
        "nesterov" => Optimizers.Momentum(rate, nesterov: true),
        "adamw" => Optimizers.AdamW(rate),
        "rmsprop" => Optimizers.RmsProp(rate),
        "adagrad" => Optimizers.Adagrad(rate),
        _ => Optimizers.Adam(rate),
    };
}
