using System.Collections.Immutable;

namespace Functional.Interpreter.Gpu.Code;

/// <summary>In which numbers tensor cores multiply; they sum in f32.</summary>
public enum MatrixNumbers
{
    /// <summary>Those of f32 whose last 13 bits are 0: 11 bits of precision, the range of f32. A word holds one.</summary>
    TF32,

    /// <summary>f16. A word holds two, which are neighbours along the depth, the first in its lower half.</summary>
    F16,

    /// <summary>bf16, two in a word likewise.</summary>
    BF16,
}

/// <summary>
/// The 32 threads of a warp together: sums ← left · right + sums, of 16 × 8 sums over a depth of 8 words. Each thread holds pieces of the three
/// matrices, which <see cref="Fragments"/> tells apart; all of a warp must come here. Products are exact, and added to a sum along the depth, each sum
/// rounded to f32; tensor cores may add in another order and round otherwise, as PTX leaves open. PTX <c>mma.sync.aligned.m16n8k8</c> of TF32, <c>m16n8k16</c> of F16 and BF16.
/// </summary>
/// <param name="numbers">In which numbers.</param>
/// <param name="sums">A thread's 4 sums, f32.</param>
/// <param name="left">A thread's 4 words of the left matrix, I32.</param>
/// <param name="right">A thread's 2 words of the right matrix, I32.</param>
public sealed class MatrixMultiplyAccumulate(MatrixNumbers numbers, ImmutableArray<Local> sums, ImmutableArray<Value> left, ImmutableArray<Value> right) : Statement
{
    /// <summary>In which numbers.</summary>
    public MatrixNumbers Numbers { get; } = numbers;

    /// <summary>A thread's sums.</summary>
    public ImmutableArray<Local> Sums { get; } = sums;

    /// <summary>A thread's words of the left matrix.</summary>
    public ImmutableArray<Value> Left { get; } = left;

    /// <summary>A thread's words of the right matrix.</summary>
    public ImmutableArray<Value> Right { get; } = right;
}

/// <summary>
/// Which elements of a warp's matrices a thread holds: the PTX ISA's matrix fragments, alike for all numbers when depth is counted in words. What is
/// said here of the i-th is how far it is from the thread's first: of the left matrix (row <see cref="Row"/>, word <see cref="Along"/>), of the right
/// (word <see cref="Along"/>, column <see cref="Row"/>), of the sums (row <see cref="Row"/>, column 2 <see cref="Along"/>).
/// </summary>
internal static class Fragments
{
    public const int Lanes = 32, Rows = 16, Columns = 8, Words = 8;

    /// <summary>How many sums of a lane are neighbours in a row.</summary>
    public const int ColumnsTogether = 2;

    /// <summary>The row, or the right matrix's column, of the first that a lane holds.</summary>
    public static int Row(int lane) => lane / 4;

    /// <summary>The word, or the pair of sums' columns, of the first that a lane holds.</summary>
    public static int Along(int lane) => lane % 4;

    public static (int Row, int Word) Left(int i) => (8 * (i % 2), 4 * (i / 2));

    public static int RightWord(int i) => 4 * i;

    public static (int Row, int Column) Sum(int i) => (8 * (i / 2), i % 2);

    /// <summary>How many numbers a word holds.</summary>
    public static int PerWord(this MatrixNumbers numbers) => numbers == MatrixNumbers.TF32 ? 1 : 2;

    /// <summary>A number of a word; null where there is none such.</summary>
    public static float? Number(this MatrixNumbers numbers, long word, int index) => numbers switch
    {
        MatrixNumbers.TF32 => ((int)word & 0x1FFF) == 0 ? BitConverter.Int32BitsToSingle((int)word) : null,
        MatrixNumbers.F16 => (float)BitConverter.UInt16BitsToHalf((ushort)(word >> (16 * index))),
        _ => (float)BFloat16.OfBits((ushort)(word >> (16 * index))),
    };
}
