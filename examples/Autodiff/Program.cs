using System.Globalization;
using Autodiff;
using Functional;
using Spectre.Console;
using static Functional.Prelude;

const string usage = """
    The first lecture's example, f(x, y, z) = (x + y)(x + z): its graph, backpropagation, the adjoint graph, forward mode, second derivatives.

    usage: dotnet run --project examples/Autodiff -- [options]

      --at X,Y,Z       the point                                       (-2,5,-4)
      --backend NAME   what evaluates the graphs: reference, cpu, gpu, cuda, opencl, gpu-debug, auto
                                                                       (reference)
      --svg DIR        writes lecture.svg and lecture-gradient.svg there
      --help           this text
    """;

var (point, backend, folder) = (new[] { -2f, 5f, -4f }, "reference", (string?)null);
for (var i = 0; i < args.Length; i++)
{
    if (args[i] is "--help" or "-h")
    {
        Console.WriteLine(usage);
        return 0;
    }
    if (args[i] is not ("--at" or "--backend" or "--svg")) return Refuse($"there is no option {args[i]}");
    if (i + 1 == args.Length) return Refuse($"{args[i]} needs a value");
    switch (args[i], args[++i])
    {
        case ("--svg", var where): folder = where; break;
        case ("--backend", var name) when Backends.Names.Contains(name): backend = name; break;
        case ("--at", var text) when Numbers(text) is { } numbers: point = numbers; break;
        case ("--at", var text): return Refuse($"--at needs three numbers such as -2,5,-4, not '{text}'");
        default: return Refuse($"there is no backend {args[i]}: it is one of {string.Join(", ", Backends.Names)}");
    }
}

return Backends.Open(backend).Match(interpreter => Tell(new(point[0], point[1], point[2], interpreter), folder), error =>
{
    Console.Error.WriteLine(error.Message);
    return 1;
});

static float[]? Numbers(string text)
{
    var numbers = text.Split(',').Select(n => float.TryParse(n, CultureInfo.InvariantCulture, out var v) ? v : float.NaN).ToArray();
    return numbers.Length == 3 && !numbers.Any(float.IsNaN) ? numbers : null;
}

static int Tell(Lecture lecture, string? folder)
{
    Head("1. The function is a graph");
    Console.WriteLine($"{show(lecture.Function)}\n\n{toLatex(lecture.Function)}");

    Head("2. Forward: each node after those it reads (topological order)");
    Rows(["node", "is", "value"], lecture.TopologicalOrder.Select(n => new[] { Name(n), show(n), Text(lecture.At(n)) }));

    Head("3. Backpropagation: backwards over the same graph, with numbers");
    Console.WriteLine("Each node is met after all its users, so its adjoint ∂f/∂node is complete: one adjoint for each node is enough.");
    Rows(["node", "adjoint", "hands on", "rule"], lecture.Backpropagation().Select(v => new[]
    {
        Name(v.Node), Text(v.Adjoint), string.Join(", ", v.Hands.Select(h => $"{Text(h.Amount)} to {Name(h.Input)}")), v.Rule,
    }));

    Head("4. The adjoint graph: the same walk, with expressions");
    Console.WriteLine($"{show(lecture.AdjointGraph)}\n\n{toLatex(lecture.AdjointGraph)}\n");
    Rows(["", "value"], lecture.AdjointGraph.Inline(lecture.Variables).Select((d, i) => new[] { $"∂f/∂{Name(lecture.Variables[i])}", Text(lecture.At(d)) }));
    Console.WriteLine("Backpropagation gives numbers at one point and must be run again at the next; the adjoint graph is a function like f:");
    Console.WriteLine("it can be printed, simplified, compiled once for every point, and differentiated again.");

    Head("5. Forward mode: one pass for each input");
    Rows(["along", "∂f", "nodes of the pass"], lecture.ForwardPasses.Select((p, i) => new[] { Name(lecture.Variables[i]), Text(lecture.At(p)), $"{Fold.PostOrder(p).Length}" }));
    Console.WriteLine($"n inputs need n forward passes: {lecture.ForwardPasses.Length} here, a million for a million weights. Reverse mode needs 1 for one output.");

    Head("6. Second derivatives: the gradient of the gradient");
    Rows(["∂²f", .. lecture.Variables.Select(Name)], lecture.Hessian.Select((row, i) => new[] { Name(lecture.Variables[i]) }.Concat(row.Select(d => Text(lecture.At(d)))).ToArray()));

    if (folder is not null)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "lecture.svg"), toSvg(lecture.Function, n => $"value {Text(lecture.At(n))}"));
        File.WriteAllText(Path.Combine(folder, "lecture-gradient.svg"), toSvg(lecture.AdjointGraph));
        Console.WriteLine($"wrote lecture.svg and lecture-gradient.svg to {folder}");
    }
    return 0;

    string Name(Expr node) => node.Op is Variable v ? v.Symbol : node == lecture.Value ? "f" : node == lecture.Value.Inputs[0] ? "a" : "b";
}

static string Text(double number) => number.ToString("G7", CultureInfo.InvariantCulture);

static void Head(string title) => Console.WriteLine($"\n{title}\n{new string('─', title.Length)}");

static void Rows(string[] titles, IEnumerable<string[]> rows)
{
    var table = new Table().Border(TableBorder.Simple);
    foreach (var title in titles) table.AddColumn(title);
    foreach (var row in rows) table.AddRow([.. row.Select(Markup.Escape)]);
    AnsiConsole.Write(table);
}

static int Refuse(string problem)
{
    Console.Error.WriteLine($"{problem}\n--help lists the options");
    return 2;
}
