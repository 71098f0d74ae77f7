namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>What goes on with a product's elements from one flat index to another, once for each, as soon as they are there.</summary>
/// <param name="frame">The run.</param>
/// <param name="result">Where the element of index 0 is, or would be: where nothing else reads them, those of an image may lie where another's did.</param>
/// <param name="from">The first.</param>
/// <param name="until">One past the last.</param>
internal unsafe delegate void Finish(Frame frame, byte* result, long from, long until);
