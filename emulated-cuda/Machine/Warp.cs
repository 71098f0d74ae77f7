using System.Numerics;
using System.Runtime.InteropServices;

namespace EmulatedCuda.Machine;

/// <summary>32 threads of a group, which go together. Where a branch parts them some go first, and then the others, until they are where they meet.</summary>
internal sealed unsafe class Warp : IDisposable
{
    public const int Size = 32;

    private readonly Program program;
    private readonly Stack<Way> parted = new();
    private Way way;
    private uint alive;

    /// <summary>The way of some threads: which, where they are, and where they meet those that went another.</summary>
    private record struct Way(uint Lanes, int Place, int Meeting);

    public Warp(Group group, Program program, int number)
    {
        (Group, this.program, Number) = (group, program, number);
        Registers = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(program.RegisterBytes, Size), 64);
        new Span<byte>(Registers, program.RegisterBytes).Fill(0xFF);
        foreach (var (bits, bytes, offset) in program.Constants)
            for (var lane = 0; lane < Size; lane++)
                if (bytes == 8) ((ulong*)(Registers + offset))[lane] = bits;
                else ((uint*)(Registers + offset))[lane] = (uint)bits;
    }

    public Group Group { get; }

    public int Number { get; }

    /// <summary>What its threads know.</summary>
    public byte* Registers { get; }

    /// <summary>Whether its threads wait for others of the group.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Whether some threads have come to their end.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Goes to the beginning.</summary>
    public void Start()
    {
        var threads = Group.Launch.Threads - (Number * Size);
        alive = threads >= Size ? Instruction.All : (1u << threads) - 1;
        parted.Clear();
        way = new(alive, 0, int.MaxValue);
        (IsWaiting, HasLeft) = (false, false);
        foreach (var (name, offset) in program.Specials)
            for (var lane = 0; lane < Size; lane++) ((uint*)(Registers + offset))[lane] = Group.Special(name, (Number * Size) + lane);
    }

    /// <summary>Goes on until all threads wait or have come to their end.</summary>
    public void Run()
    {
        IsWaiting = false;
        var (instructions, issued) = (program.Instructions, Group.Issued);
        while (way.Lanes != 0 && !IsWaiting)
        {
            if (way.Place == way.Meeting)
            {
                Resume();
                continue;
            }
            var instruction = instructions[way.Place];
            issued[way.Place++]++;
            var lanes = way.Lanes;
            if (instruction.Guard >= 0)
            {
                var holds = *(uint*)(Registers + instruction.Guard);
                lanes &= instruction.IsNegated ? ~holds : holds;
            }
            if (lanes != 0) instruction.Do(this, lanes);
        }
    }

    /// <summary>Some threads go elsewhere.</summary>
    public void Branch(uint lanes, int place, int meeting)
    {
        if (lanes == way.Lanes)
        {
            way.Place = place;
            return;
        }
        parted.Push(way with { Place = meeting });
        parted.Push(new(way.Lanes & ~lanes, way.Place, meeting));
        way = new(lanes, place, meeting);
    }

    /// <summary>Some threads come to their end.</summary>
    public void Exit(uint lanes)
    {
        (HasLeft, alive) = (true, alive & ~lanes);
        way.Lanes &= ~lanes;
        if (way.Lanes == 0) Resume();
    }

    /// <summary>Others go on, or all do where their ways meet.</summary>
    private void Resume()
    {
        do way = parted.TryPop(out var other) ? other with { Lanes = other.Lanes & alive } : default;
        while (way.Lanes == 0 && parted.Count > 0);
    }

    /// <summary>Waits for all threads of the group.</summary>
    public void Wait(Instruction barrier, uint lanes)
    {
        if (lanes != alive) throw Fault(barrier, lanes, "waits where others of its warp do not");
        IsWaiting = true;
    }

    /// <summary>What is to be said of a thread.</summary>
    public KernelFault Fault(Instruction instruction, uint lanes, string what, Driver.Result result = Driver.Result.LaunchFailed) =>
        new(result, $"kernel {program.Name}, line {instruction.Line}: thread {(Number * Size) + BitOperations.TrailingZeroCount(lanes)} of group {Group.Number} {what}");

    public void Dispose() => NativeMemory.AlignedFree(Registers);
}
