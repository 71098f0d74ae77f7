using EmulatedCuda.Ptx;

namespace EmulatedCuda.Machine;

/// <summary>
/// What NVIDIA's assembler may make of products and sums that do not say how they round: one instruction that rounds once (PTX ISA, "mul", "add"). A
/// program that means the rounded product has to say so, and one that does not gives other numbers here than where each is rounded.
/// </summary>
internal static class Contraction
{
    /// <summary>The statements, with sums of products that were computed before in the same run of statements without labels or branches.</summary>
    public static List<Statement> Of(IReadOnlyList<Statement> statements, IEnumerable<int> labels)
    {
        var (starts, result) = (labels.ToHashSet(), new List<Statement>());
        var (products, versions) = (new Dictionary<string, (Statement Product, int X, int Y)>(), new Dictionary<string, int>());
        int Version(string operand) => versions.GetValueOrDefault(operand);
        for (var i = 0; i < statements.Count; i++)
        {
            var s = statements[i];
            if (starts.Contains(i) || s.Parts[0] == "bra") products.Clear();
            bool IsProduct(string operand) => products.TryGetValue(operand, out var p) && p.Product.Type == s.Type && Version(p.Product.Operands[1]) == p.X && Version(p.Product.Operands[2]) == p.Y;
            if (s.Opcode is "add.f32" or "sub.f32" or "add.f64" or "sub.f64" && s.Guard is null)
            {
                var (x, y) = (s.Operands[1], s.Operands[2]);
                var name = s.Parts[0] == "add" ? "fma.rn" : "fma.rn.minus";
                if (IsProduct(x)) s = s with { Opcode = $"{name}.{s.Type}", Operands = [s.Operands[0], products[x].Product.Operands[1], products[x].Product.Operands[2], y] };
                else if (IsProduct(y)) s = s with { Opcode = $"{(s.Parts[0] == "add" ? "fma.rn" : "fma.rn.from")}.{s.Type}", Operands = [s.Operands[0], products[y].Product.Operands[1], products[y].Product.Operands[2], x] };
            }
            result.Add(s);
            foreach (var written in s.Operands.Count > 0 && s.Parts[0] is not ("st" or "bra" or "bar") ? s.Vector(0) : [])
            {
                versions[written] = Version(written) + 1;
                products.Remove(written);
            }
            if (s.Opcode is "mul.f32" or "mul.f64" && s.Guard is null && s.Operands[0] != s.Operands[1] && s.Operands[0] != s.Operands[2])
                products[s.Operands[0]] = (s, Version(s.Operands[1]), Version(s.Operands[2]));
        }
        return result;
    }
}
