namespace EmulatedCuda.Driver;

/// <summary>The device as it is said to be: in kind, one of compute capability 9.0, but for the memory and the number of its processors.</summary>
internal static class Device
{
    public const string Name = "emulated CUDA device (compute capability 9.0)";
    public const int Version = 12090;
    public const int ThreadsOfProcessor = 2048;
    public const int SharedBytesOfProcessor = 233_472;

    public static long MemoryBytes { get; } = Setting("EMULATED_CUDA_MEMORY", 4L << 30);

    public static int Processors { get; } = (int)Setting("EMULATED_CUDA_PROCESSORS", 132);

    /// <summary>A number that the environment sets.</summary>
    public static long Setting(string name, long otherwise) => long.TryParse(Environment.GetEnvironmentVariable(name), out var number) ? number : otherwise;

    /// <summary>CUDA Driver API, CUdevice_attribute.</summary>
    public static int Attribute(int number) => number switch
    {
        1 or 2 or 3 => 1024, // threads of a group
        4 => 64,
        5 => int.MaxValue, // groups
        6 or 7 => 65535,
        8 => 49152, // shared bytes of a group
        9 => 65536, // constant bytes
        10 => Machine.Warp.Size,
        11 => int.MaxValue,
        12 or 82 => 65536, // registers
        13 => 1_980_000, // kHz
        14 => 512,
        15 or 19 or 31 or 41 or 78 => 1, // copies while it runs, mapped memory, several kernels, one space of addresses, priorities
        16 => Processors,
        36 => 3_201_000,
        37 => 6144,
        38 => 60 << 20,
        39 => ThreadsOfProcessor,
        40 => 3,
        75 => 9, // compute capability
        76 => 0,
        81 => SharedBytesOfProcessor,
        97 => 232_448,
        _ => 0,
    };
}
