using System.Text.RegularExpressions;

namespace Functional.Interpreter.Gpu.Emission;

/// <summary>
/// The instructions of a kernel's PTX in the order in which they are written in a language with loops and conditionals: a branch's body before
/// what follows it, wherever the compiler has put it.
/// </summary>
internal sealed partial class PtxFlow
{
    private readonly List<Block> blocks = [];
    private readonly List<Block> done = [];
    private readonly HashSet<Block> open = [], seen = [];

    private sealed class Block
    {
        public List<string> Lines { get; } = [];

        public List<Block> Next { get; } = [];
    }

    private PtxFlow(string text)
    {
        var (labels, jumps) = (new Dictionary<string, Block>(), new List<(Block From, string To)>());
        Block? current = null, before = null;
        foreach (var line in text[(text.IndexOf("\n{", StringComparison.Ordinal) + 2)..].Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l != "}"))
        {
            var label = Label().Match(line);
            if (current is null || label.Success)
            {
                before = current ?? before;
                blocks.Add(current = new());
                before?.Next.Add(current);
                before = null;
                if (label.Success)
                {
                    labels[label.Groups[1].Value] = current;
                    continue;
                }
            }
            current.Lines.Add(line);
            var jump = Jump().Match(line);
            if (jump.Success) jumps.Add((current, jump.Groups[2].Value));
            if (!jump.Success && !Return().IsMatch(line)) continue;
            (before, current) = (jump.Success && jump.Groups[1].Success ? current : null, null);
        }
        foreach (var (from, to) in jumps)
            if (labels.TryGetValue(to, out var target)) from.Next.Add(target);
        if (blocks.Count > 0) Visit(blocks[0]);
    }

    /// <summary>The lines of a text, in that order.</summary>
    public static IEnumerable<string> Of(string text) => Enumerable.Reverse(new PtxFlow(text).done).SelectMany(b => b.Lines);

    /// <summary>After all that follows a block, the block itself; where a loop is left, that way first, so that its body comes to stand before.</summary>
    private void Visit(Block block)
    {
        seen.Add(block);
        open.Add(block);
        foreach (var next in block.Next.OrderBy(n => Reaches(n, block)))
            if (!seen.Contains(next)) Visit(next);
        open.Remove(block);
        done.Add(block);
    }

    /// <summary>Whether one goes on to another within the loops that both are in.</summary>
    private bool Reaches(Block from, Block to)
    {
        var (reached, stack) = (new HashSet<Block>(), new Stack<Block>([from]));
        while (stack.TryPop(out var block))
        {
            if (block == to) return true;
            if (!reached.Add(block) || open.Contains(block)) continue;
            foreach (var next in block.Next) stack.Push(next);
        }
        return false;
    }

    [GeneratedRegex(@"^([\w$]+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^(@!?%\w+\s+)?bra(?:\.uni)?\s+([\w$]+)")]
    private static partial Regex Jump();

    [GeneratedRegex(@"^(?:ret|exit)\b")]
    private static partial Regex Return();
}
