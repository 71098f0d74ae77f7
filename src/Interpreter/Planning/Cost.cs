namespace Functional.Interpreter;

/// <summary>What a program costs, known before it runs.</summary>
/// <param name="Flops">All arithmetic: a multiply-add is 2, an elementwise function 1 for each element, a reduction 1 for each element it reduces.</param>
/// <param name="DotFlops">The part of dots.</param>
/// <param name="ConvFlops">The part of convolutions.</param>
/// <param name="BytesRead">The bytes that kernels read.</param>
/// <param name="BytesWritten">The bytes that kernels write.</param>
/// <param name="PeakBytes">The most memory that a run holds at once besides inputs and constants; 0 for a part of a run.</param>
public readonly record struct Cost(long Flops, long DotFlops, long ConvFlops, long BytesRead, long BytesWritten, long PeakBytes)
{
    /// <summary>The bytes read and written.</summary>
    public long Bytes => BytesRead + BytesWritten;

    /// <summary>Arithmetic intensity: FLOPs for each byte read or written.</summary>
    public double Intensity => Bytes == 0 ? 0 : (double)Flops / Bytes;

    /// <summary>One after the other: the greater peak.</summary>
    public static Cost operator +(Cost a, Cost b) => new(
        a.Flops + b.Flops, a.DotFlops + b.DotFlops, a.ConvFlops + b.ConvFlops, a.BytesRead + b.BytesRead, a.BytesWritten + b.BytesWritten, Math.Max(a.PeakBytes, b.PeakBytes));

    /// <summary>The same, so many times over.</summary>
    public static Cost operator *(Cost a, long times) =>
        new(a.Flops * times, a.DotFlops * times, a.ConvFlops * times, a.BytesRead * times, a.BytesWritten * times, a.PeakBytes);

    /// <summary>A small table.</summary>
    public override string ToString() => Table.Of(
        ["FLOPs", Units.Count(Flops, "FLOP")],
        ["  of dots", Units.Count(DotFlops, "FLOP")],
        ["  of convolutions", Units.Count(ConvFlops, "FLOP")],
        ["bytes read", Units.Bytes(BytesRead)],
        ["bytes written", Units.Bytes(BytesWritten)],
        ["FLOP/byte", $"{Intensity:0.00}"],
        ["peak memory", Units.Bytes(PeakBytes)]);
}

/// <summary>Ways to ask what a program costs: <c>using static Functional.Interpreter.Costs;</c>.</summary>
public static class Costs
{
    /// <summary>
    /// What a function costs before it runs: as planned for no interpreter in particular, so without kernels' scratch memory. An interpreter's
    /// own figures are in its executable's plan.
    /// </summary>
    public static Cost cost(Function f) => Planner.Of(Lowering.Of(f)).Cost;

    /// <summary>What some expressions cost together, their variables given. See <see cref="cost(Function)"/>.</summary>
    public static Cost cost(params ReadOnlySpan<Expr> results) => cost(new Function([.. Fold.PostOrder(results).Where(x => x.Op is Variable)], [.. results]));
}
