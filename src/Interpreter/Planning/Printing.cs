namespace Functional.Interpreter;

public sealed partial class Plan
{
    /// <summary>The kernels, a line each, with arithmetic, traffic and place, and the totals.</summary>
    public override string ToString()
    {
        var rows = new List<string[]> { new[] { "kernel", "result", "FLOPs", "read", "written", "FLOP/byte", "place" } };
        rows.AddRange(Steps.Select(s => new[]
        {
            s.Node.Op.Name, string.Join(", ", s.Node.Results), Units.Count(s.Cost.Flops, "FLOP"), Units.Bytes(s.Cost.BytesRead),
            Units.Bytes(s.Cost.BytesWritten), $"{s.Cost.Intensity:0.00}", Place(s),
        }));
        return $"{Table.Of([.. rows])}\n{Cost}arena {ArenaBytes:N0} bytes, peak {PeakBytes:N0} bytes at step {layout.PeakStep}\n";
    }

    private string Place(Step step)
    {
        var buffer = Buffers[step.Buffer];
        var place = buffer.Kind == BufferKind.Arena ? $"arena {buffer.Offset}" : OutputDonors[buffer.Index] is >= 0 and var donor ? $"output in input {donor}" : "output";
        return step.Scratch < 0 ? place : $"{place}, scratch {Units.Bytes(Buffers[step.Scratch].Bytes)}";
    }
}
