namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>Planes of adjacent elements, laid out with channels side by side.</summary>
/// <param name="Rows">The rows of a plane.</param>
/// <param name="Columns">Their elements.</param>
/// <param name="ToRow">From row to row.</param>
/// <param name="ToChannel">From plane to plane.</param>
internal readonly unsafe record struct ChannelsLast(int Rows, int Columns, long ToRow, long ToChannel)
{
    /// <summary>Fills some lines from a row and a column on, each line so many rows after the one before, zeros outside the planes.</summary>
    public void Fill(float* plane, float* pixels, int pitch, int channels, int row, int column, int lines, int columns, int step)
    {
        var before = Math.Clamp(-column, 0, columns);
        var until = Math.Clamp(Columns - column, before, columns);
        for (var line = 0; line < lines; line++, row += step, pixels += (long)columns * pitch)
        {
            var (from, end) = (uint)row < (uint)Rows ? (before, until) : (0, 0);
            new Span<float>(pixels, from * pitch).Clear();
            Transposition<float>.Copy(plane + (row * ToRow) + column + from, ToChannel, pixels + ((long)from * pitch), pitch, channels, end - from);
            new Span<float>(pixels + ((long)end * pitch), (columns - end) * pitch).Clear();
        }
    }
}
