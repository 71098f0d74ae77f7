namespace EmulatedCuda.Ptx;

/// <summary>A text that is not PTX, or that the emulator does not know.</summary>
internal sealed class PtxException(int line, string problem) : Exception($"line {line}: {problem}");
