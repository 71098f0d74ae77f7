using FsCheck;
using FsCheck.Fluent;
using Functional;
using Functional.Testing;
using Xunit;
using Program = Functional.Testing.RandomProgram;

namespace PropertyTests.Laws;

/// <summary>Laws of programs, tried on random ones, the same in every run.</summary>
public static class ForPrograms
{
    /// <summary>The numbers and element types of the programs on which most laws are tried.</summary>
    public static TheoryData<Numbers, DType> Kinds => new()
    {
        { Numbers.Integers, DType.F32 }, { Numbers.Integers, DType.F64 }, { Numbers.Smooth, DType.F64 },
    };

    /// <summary>Checks a law; shows the smallest program that breaks it.</summary>
    internal static void ForAll(Numbers numbers, DType type, int count, Func<Program, bool> law) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(20251124, 1).WithEndSize(100), Prop.ForAll(Program.Of(numbers, type), law));

    /// <summary>Checks a law that says nothing (null) of some programs, but of one in <paramref name="oneIn"/> at least.</summary>
    internal static void ForMost(Numbers numbers, DType type, int count, Func<Program, bool?> law, int oneIn = 3)
    {
        var telling = 0;
        ForAll(numbers, type, count, p =>
        {
            var holds = law(p);
            if (holds is not null) telling++;
            return holds ?? true;
        });
        Assert.True(telling > count / oneIn, $"the law speaks of {telling} of {count} programs only");
    }
}
