namespace Functional.Interpreter.Cpu.Kernels;

/// <summary>What goes on with a product's elements from one flat index to another, once for each, as soon as they are there.</summary>
internal delegate void Finish(Frame frame, long from, long until);
