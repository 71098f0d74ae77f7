namespace EmulatedCuda.Machine;

/// <summary>What a tensor core's number is.</summary>
internal enum Factor
{
    TF32,
    F16,
    BF16,
}

/// <summary>
/// C += A·B for matrices 16×k and k×8, whose fragments a warp's threads hold: PTX ISA, "Matrix Fragments for mma.m16n8k8" and "mma.m16n8k16". Sums
/// are of exact products, and cut off, not rounded, as those of tensor cores are (Fasi et al., Numerical behavior of NVIDIA tensor cores, 2021).
/// </summary>
internal sealed unsafe class MatrixProduct(Factor factor, int[] to, int[] left, int[] right, int[] sums) : Instruction
{
    public override void Do(Warp warp, uint lanes)
    {
        if (lanes != All) throw warp.Fault(this, lanes, "multiplies matrices where others of its warp do not");
        var r = warp.Registers;
        var depth = factor == Factor.TF32 ? 8 : 16;
        Span<double> a = stackalloc double[16 * depth], b = stackalloc double[depth * 8], c = stackalloc double[16 * 8];
        for (var lane = 0; lane < Warp.Size; lane++)
        {
            var (group, inGroup) = (lane >> 2, lane & 3);
            for (var i = 0; i < left.Length; i++)
            {
                var (word, row) = (((uint*)(r + left[i]))[lane], group + ((i & 1) * 8));
                if (factor == Factor.TF32) a[(row * depth) + inGroup + ((i >> 1) * 4)] = Number(word);
                else
                    for (var half = 0; half < 2; half++) a[(row * depth) + (inGroup * 2) + half + ((i >> 1) * 8)] = Number(word >> (16 * half));
            }
            for (var i = 0; i < right.Length; i++)
            {
                var word = ((uint*)(r + right[i]))[lane];
                if (factor == Factor.TF32) b[((inGroup + (i * 4)) * 8) + group] = Number(word);
                else
                    for (var half = 0; half < 2; half++) b[(((inGroup * 2) + half + (i * 8)) * 8) + group] = Number(word >> (16 * half));
            }
            for (var i = 0; i < sums.Length; i++) c[((group + ((i >> 1) * 8)) * 8) + (inGroup * 2) + (i & 1)] = ((float*)(r + sums[i]))[lane];
        }
        for (var row = 0; row < 16; row++)
            for (var column = 0; column < 8; column++)
            {
                var sum = 0.0;
                for (var k = 0; k < depth; k++) sum += a[(row * depth) + k] * b[(k * 8) + column];
                c[(row * 8) + column] += sum;
            }
        for (var lane = 0; lane < Warp.Size; lane++)
            for (var i = 0; i < to.Length; i++) ((float*)(r + to[i]))[lane] = Cut(c[(((lane >> 2) + ((i >> 1) * 8)) * 8) + ((lane & 3) * 2) + (i & 1)]);
    }

    /// <summary>TF32 are the upper 19 bits of an f32: the others are not read.</summary>
    private double Number(uint bits) => factor switch
    {
        Factor.TF32 => BitConverter.UInt32BitsToSingle(bits & ~0x1FFFu),
        Factor.F16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        _ => BitConverter.UInt32BitsToSingle(bits << 16),
    };

    private static float Cut(double x)
    {
        var nearest = (float)x;
        return Given(float.IsFinite(nearest) && Math.Abs((double)nearest) > Math.Abs(x) ? nearest > 0 ? MathF.BitDecrement(nearest) : MathF.BitIncrement(nearest) : nearest);
    }
}
