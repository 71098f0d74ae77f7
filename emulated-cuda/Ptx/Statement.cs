using System.Text;

namespace EmulatedCuda.Ptx;

/// <summary>One instruction as it is written.</summary>
/// <param name="Line">Where, from 1.</param>
/// <param name="Guard">The predicate without which a thread sits it out, if there is one.</param>
/// <param name="IsNegated">Whether it is the threads with the predicate that do so.</param>
/// <param name="Opcode">Such as mul.wide.u32.</param>
/// <param name="Operands">A vector is one, in braces; an address is one, in brackets.</param>
internal sealed record Statement(int Line, string? Guard, bool IsNegated, string Opcode, IReadOnlyList<string> Operands)
{
    /// <summary>The parts of the opcode.</summary>
    public string[] Parts => Opcode.Split('.');

    /// <summary>The type that it ends with.</summary>
    public string Type => Parts[^1];

    /// <summary>Whether a part of the opcode is one of these.</summary>
    public bool Has(params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
            if (Parts.Contains(part)) return true;
        return false;
    }

    /// <summary>The registers of a vector, or the only one.</summary>
    public IReadOnlyList<string> Vector(int operand) => Operands[operand] is ['{', .. var within, '}'] ? within.Split(',', StringSplitOptions.TrimEntries) : [Operands[operand]];

    /// <summary>What stands between two semicolons.</summary>
    public static Statement Of(string text, int line)
    {
        var (guard, isNegated) = ((string?)null, false);
        if (text[0] == '@')
        {
            var end = text.IndexOfAny([' ', '\t']);
            (isNegated, guard) = (text[1] == '!', text[1..end].TrimStart('!'));
            text = text[end..].TrimStart();
        }
        var space = text.IndexOfAny([' ', '\t']);
        return space < 0 ? new(line, guard, isNegated, text, []) : new(line, guard, isNegated, text[..space], Divided(text[space..]));
    }

    private static List<string> Divided(string text)
    {
        var (operands, operand, depth) = (new List<string>(), new StringBuilder(), 0);
        foreach (var c in text)
        {
            depth += c is '{' or '[' ? 1 : c is '}' or ']' ? -1 : 0;
            if (c == ',' && depth == 0)
            {
                operands.Add(operand.ToString().Trim());
                operand.Clear();
            }
            else operand.Append(c);
        }
        operands.Add(operand.ToString().Trim());
        return operands;
    }
}
