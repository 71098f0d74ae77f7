using Functional;
using Xunit;
using static Functional.Prelude;

namespace PropertyTests.Printing;

public sealed class GoldenTests
{
    public static TheoryData<string> Names => ["lecture", "lecture-gradient", "network", "signs"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_function_prints_as_it_did(string name)
    {
        var f = Of(name);
        Golden.Check($"{name}.show.txt", show(f));
        Golden.Check($"{name}.listing.txt", listing(f));
        Golden.Check($"{name}.latex.txt", toLatex(f));
        Golden.Check($"{name}.mermaid.txt", toMermaid(f));
        Golden.Check($"{name}.dot.txt", toDot(f));
        Golden.Check($"{name}.svg.txt", toSvg(f));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_function_built_anew_prints_the_same(string name)
    {
        string All(Function f) => string.Join("\n", show(f), listing(f), toLatex(f), toMermaid(f), toDot(f), toSvg(f));
        Assert.Equal(All(Of(name)), All(Of(name)));
    }

    private static Function Of(string name) => name switch
    {
        "lecture" => Graphs.Lecture,
        "lecture-gradient" => Graphs.LectureGradient,
        "network" => Graphs.Network,
        _ => Graphs.Signs,
    };
}
