using Cnn;
using Functional;
using Functional.Interpreter;
using Functional.Nn;
using Functional.Nn.Data;
using LanguageExt;
using static Functional.Nn.Layers;

return Options.Parse(args).Match(Run, error => Refuse(error, 2));

static int Refuse(LanguageExt.Common.Error error, int status)
{
    Console.Error.WriteLine(error.Message);
    if (status == 2) Console.Error.WriteLine("--help lists the options");
    return status;
}

static int Run(Options options)
{
    if (options.Help)
    {
        Console.WriteLine(Options.Usage);
        return 0;
    }
    if (Lost(options) is { } lost) return Refuse(lost, 1);
    return Load(options).Bind(Fitting).Match(d => Train(options, d.Train, d.Test), error => Refuse(error, 1));
}

// What could not be written at the end is said at the beginning.
static LanguageExt.Common.Error? Lost(Options options) => new[] { ("--save", options.Save), ("--plot", options.Plot) }
    .Where(o => o.Item2 is { } file && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
    .Select(o => LanguageExt.Common.Error.New($"{o.Item1} {o.Item2}: there is no folder {Path.GetDirectoryName(Path.GetFullPath(o.Item2!))}"))
    .FirstOrDefault();

static Fin<(Dataset Train, Dataset Test)> Fitting((Dataset Train, Dataset Test) data)
{
    var (train, test) = (data.Train.Images.Shape[1..], data.Test.Images.Shape[1..]);
    return train != test ? LanguageExt.Common.Error.New($"the training images are {train}, the test images {test}: they must be alike")
        : train[1] < 16 || train[2] < 16 ? LanguageExt.Common.Error.New($"the images are {train}: LeNet takes [channels, height, width] of at least 16 × 16")
        : data.Train.Count == 0 || data.Test.Count == 0 ? LanguageExt.Common.Error.New("there are no images to train or to test with")
        : data;
}

static Fin<(Dataset Train, Dataset Test)> Load(Options options) => options.Dataset switch
{
    "digits" => (SyntheticDigits.Make(10_000, key: 1), SyntheticDigits.Make(2_000, key: 2)),
    "cifar10" => from train in Cifar10.Load(options.Data!, train: true) from test in Cifar10.Load(options.Data!, train: false) select (train, test),
    _ => from train in Idx.Load(options.Data!, train: true) from test in Idx.Load(options.Data!, train: false) select (train, test),
};

static int Train(Options options, Dataset train, Dataset test)
{
    var steps = options.Epochs * Training.StepsPerEpoch(train, options.Batch);
    var leNet = Conv2d(32, kernel: 5) >> Relu >> MaxPool(2) >> Conv2d(64, kernel: 5) >> Relu >> MaxPool(2) >> Flatten >> Dense(512) >> Relu >> Dense(10);
    var (precision, ofF32) = Options.Precisions[options.Precision];
    return Backends.Open(options.Backend, options.Threads, ofF32).Match(interpreter =>
    {
        var training = new Training(interpreter, leNet, Chosen(options.Optimizer, Schedules.Cosine(options.LearningRate, steps)), options.Seed,
            precision: precision, lossScale: precision == Precision.F16 ? LossScale.Dynamic() : null);
        var fresh = training.Start(train.Images.Shape[1..]);
        var start = options.Resume is { } file ? fresh.Load(file) : fresh;
        return start.Match(state => Learn(options, interpreter, training, state, train, test), error => Refuse(error, 1));
    }, error => Refuse(error, 1));
}

static int Learn(Options options, IInterpreter interpreter, Training training, TrainState state, Dataset train, Dataset test)
{
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, e) =>
    {
        e.Cancel = true;
        stop.Cancel();
    };
    var (report, perEpoch) = (new Report(), Training.StepsPerEpoch(train, options.Batch));
    var from = state.Step > 0 ? $", from step {state.Step}" : "";
    Console.WriteLine($"{train.Count} images to learn from, {test.Count} to test, {state.Weights.Values.Sum(w => w.Shape.Size):N0} weights, {Backends.Describe(interpreter)}{from}");
    int[] answers = [];
    while (state.Step < (long)options.Epochs * perEpoch && !stop.IsCancellationRequested)
    {
        var epoch = (int)(state.Step / perEpoch) + 1;
        state = report.Epoch($"epoch {epoch}/{options.Epochs}", train.Count, progress => training.Epoch(state, train, options.Batch, progress, stop.Token));
        if (options.Save is { } file && state.Save(file).Match(_ => 0, error => Refuse(error, 1)) is var failed and not 0) return failed;
        if (stop.IsCancellationRequested) break;
        answers = training.Predict(state, test, 256);
        report.Tested(epoch, Metrics.Accuracy(answers, test.Labels.Span<int>()));
    }
    if (stop.IsCancellationRequested)
    {
        Console.WriteLine(options.Save is { } saved ? $"stopped after step {state.Step}; --resume {saved} goes on" : $"stopped after step {state.Step}; nothing was saved: --save FILE would");
        return 130;
    }
    if (answers.Length == 0) answers = training.Predict(state, test, 256);
    Show(options, report, test, answers);
    return 0;
}

static void Show(Options options, Report report, Dataset test, int[] answers)
{
    IReadOnlyList<string> names = options.Dataset switch
    {
        "cifar10" => [.. Cifar10.Classes],
        "fashion" => ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"],
        _ => [.. Enumerable.Range(0, 10).Select(i => $"{i}")],
    };
    var confusion = Metrics.Confusion(answers, test.Labels.Span<int>(), test.Classes);
    Report.Classes(confusion, names);
    Report.Confusion(confusion, names);
    if (options.Plot is not { } plot) return;
    var wrong = $"{plot[..^4]}-misclassified.png";
    Pictures.Curves(plot, report.Training, report.Test);
    Pictures.Misclassified(wrong, test, answers, names);
    Console.WriteLine($"wrote {plot} and {wrong}");
}

static Optimizer Chosen(string name, Functional.Nn.Schedule rate) => name switch
{
    "sgd" => Optimizers.Sgd(rate),
    "momentum" => Optimizers.Momentum(rate),
    "nesterov" => Optimizers.Momentum(rate, nesterov: true),
    "adamw" => Optimizers.AdamW(rate),
    "rmsprop" => Optimizers.RmsProp(rate),
    "adagrad" => Optimizers.Adagrad(rate),
    _ => Optimizers.Adam(rate),
};
