namespace Functional.Interpreter;

/// <summary>
/// Which element of a buffer an index sees: (i / <see cref="Inner"/>) mod <see cref="Extent"/>, where they lie one after the other; of a slice, those
/// of each stretch.
/// </summary>
/// <param name="Extent">How many elements there are.</param>
/// <param name="Inner">How often each repeats before the next.</param>
/// <param name="Stretch">How many elements of a slice are adjacent; 0 where all are.</param>
/// <param name="Pitch">How far it is from the beginning of a stretch to that of the next.</param>
/// <param name="Start">Where the first begins.</param>
public readonly record struct Access(long Extent, long Inner, long Stretch = 0, long Pitch = 0, long Start = 0)
{
    /// <summary>The place of the element that an index sees.</summary>
    public long At(long index)
    {
        var element = index / Inner % Extent;
        return Stretch == 0 ? element : Start + (element / Stretch * Pitch) + (element % Stretch);
    }
}

/// <summary>A buffer that a fused loop reads or writes.</summary>
/// <param name="Value">The value whose buffer it is.</param>
/// <param name="PerRow">Whether it has one element for each row, indexed by the row; else it is indexed by (piece · rows + row) · columns + column.</param>
/// <param name="Access">Which element an index sees.</param>
public sealed record Operand(Expr Value, bool PerRow, Access Access);

/// <summary>How a row is reduced to one number.</summary>
public enum Reduction
{
    /// <summary>Σ x.</summary>
    Sum,

    /// <summary>The greatest x; NaN where one is NaN.</summary>
    Max,

    /// <summary>The least x; NaN where one is NaN.</summary>
    Min,
}

/// <summary>One step of a fused loop: straight-line code on numbered values, each of them one number for each column, or one for the row.</summary>
public abstract record Instruction
{
    private protected Instruction() { }

    /// <summary>The values that it reads.</summary>
    public virtual ValueArray<int> Reads => [];

    /// <summary>The value that it computes; −1 where it computes none.</summary>
    public virtual int Defines => -1;
}

/// <summary>The element of an operand at this index.</summary>
public sealed record Load(int To, int Operand) : Instruction
{
    /// <inheritdoc/>
    public override int Defines => To;
}

/// <summary>A number.</summary>
public sealed record Immediate(int To, Literal Value) : Instruction
{
    /// <inheritdoc/>
    public override int Defines => To;
}

/// <summary>An elementwise function.</summary>
/// <param name="To">The value.</param>
/// <param name="Name">The function's name.</param>
/// <param name="Function">The op, a closed <see cref="Pointwise"/> type such as <c>FloatUnary&lt;Exp&gt;</c>.</param>
/// <param name="Of">The element type of the arguments.</param>
/// <param name="Args">The arguments.</param>
public sealed record Apply(int To, string Name, Type Function, DType Of, ValueArray<int> Args) : Instruction
{
    /// <inheritdoc/>
    public override ValueArray<int> Reads => Args;

    /// <inheritdoc/>
    public override int Defines => To;
}

/// <summary>X where the predicate holds, Y elsewhere.</summary>
public sealed record Choose(int To, int Predicate, int X, int Y) : Instruction
{
    /// <inheritdoc/>
    public override ValueArray<int> Reads => [Predicate, X, Y];

    /// <inheritdoc/>
    public override int Defines => To;
}

/// <summary>X converted to the value's element type.</summary>
public sealed record Cast(int To, int X) : Instruction
{
    /// <inheritdoc/>
    public override ValueArray<int> Reads => [X];

    /// <inheritdoc/>
    public override int Defines => To;
}

/// <summary>A row's columns as one number: a value of the row from the next stage on.</summary>
public sealed record Reduce(int To, Reduction Kind, int X) : Instruction
{
    /// <inheritdoc/>
    public override ValueArray<int> Reads => [X];

    /// <inheritdoc/>
    public override int Defines => To;
}

/// <summary>The element of an operand at this index becomes a value.</summary>
public sealed record Store(int Operand, int X) : Instruction
{
    /// <inheritdoc/>
    public override ValueArray<int> Reads => [X];
}

/// <summary>One pass over a row: what is computed once, then what is computed for each column.</summary>
public sealed record Stage(ValueArray<Instruction> Row, ValueArray<Instruction> Columns);

/// <summary>
/// What the planner fuses, as a small program for each of some rows: elementwise functions, broadcasts and reductions of rows, in stages, each
/// of which is one pass over the columns and may use what the passes before have reduced. A pass may leave a value, that a later one is to load,
/// where a result will stand. It says what is computed, not how: an interpreter
/// makes a kernel of it.
/// </summary>
/// <param name="Batch">In how many pieces each row lies: one of each row, then the next of each.</param>
/// <param name="Rows">How many rows.</param>
/// <param name="Columns">How many columns each piece has.</param>
/// <param name="Operands">The buffers, each once for each way in which it is read.</param>
/// <param name="Types">The element type of each value.</param>
/// <param name="Stages">The passes.</param>
public sealed record FusedLoop(long Batch, long Rows, long Columns, ValueArray<Operand> Operands, ValueArray<DType> Types, ValueArray<Stage> Stages)
{
    /// <summary>Batch times rows times columns.</summary>
    public long Size => Batch * Rows * Columns;

    /// <summary>How many columns a row has in all.</summary>
    public long Length => Batch * Columns;

    /// <summary>Whether rows are only a way to find operands: nothing is reduced, and they lie in one piece.</summary>
    public bool IsMap => Batch == 1 && !Stages.Any(s => s.Columns.Any(i => i is Reduce));

    /// <summary>The arithmetic of a column, in simple operations.</summary>
    public int Work => Stages.Sum(s => s.Columns.Sum(i => i is Apply a ? Recomputing.Cost(a.Function) : i is Load or Store ? 0 : 1));

    /// <summary>The values whose buffers are written.</summary>
    public IEnumerable<Expr> Writes => Stages.SelectMany(s => s.Row.Concat(s.Columns)).OfType<Store>().Select(s => Operands[s.Operand].Value).Distinct();

    /// <summary>The values whose buffers are read, but for those that the loop itself has filled.</summary>
    public IEnumerable<Expr> Reads
    {
        get
        {
            var filled = Stages.SelectMany(s => s.Row.Concat(s.Columns)).OfType<Store>().Select(s => s.Operand).ToHashSet();
            return Stages.SelectMany(s => s.Row.Concat(s.Columns)).OfType<Load>().Where(l => !filled.Contains(l.Operand)).Select(l => Operands[l.Operand].Value);
        }
    }

    /// <summary>The bytes of a value that is read: an element counts once, however often it is read.</summary>
    public long BytesOf(Expr read) => Math.Min(read.Type.Bytes, Operands.Where(o => o.Value == read).Distinct().Sum(o => o.Access.Extent) * read.DType.Size);

    /// <summary>
    /// Whether a result may lie where a value that the loop reads does: each element is read for the last time no later than it is written, and
    /// for no other index. Where nothing is reduced several tasks may share a row, each of which reads its numbers.
    /// </summary>
    public bool MayOverwrite(Expr read, Expr written)
    {
        var to = Index(written, isWritten: true);
        if (to < 0 || (IsMap && Operands[to].PerRow && Columns > 1)) return false;
        var stored = Array.FindIndex([.. Stages], s => s.Row.Concat(s.Columns).Any(i => i is Store store && store.Operand == to));
        for (var o = 0; o < Operands.Count; o++)
        {
            if (Operands[o].Value != read) continue;
            var last = Array.FindLastIndex([.. Stages], s => s.Row.Concat(s.Columns).Any(i => i is Load load && load.Operand == o));
            if (last < 0) continue;
            if (Operands[o].PerRow != Operands[to].PerRow || Operands[o].Access != Operands[to].Access || last > stored) return false;
        }
        return true;
    }

    private int Index(Expr value, bool isWritten)
    {
        for (var o = 0; o < Operands.Count; o++)
            if (Operands[o].Value == value && Stages.Any(s => s.Row.Concat(s.Columns).Any(i => isWritten ? i is Store store && store.Operand == o : i is Load load && load.Operand == o))) return o;
        return -1;
    }

    /// <summary>The program, a line for each instruction.</summary>
    public override string ToString() => string.Join("\n", Stages.SelectMany(s => s.Row.Select(i => $"row     {i}").Concat(s.Columns.Select(i => $"columns {i}"))));
}
