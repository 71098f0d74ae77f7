using System.Reflection;
using System.Runtime.InteropServices;
using Emulated;
using Xunit.Sdk;

// Emulated TESTS.dll NAME|NAME: runs those tests of an assembly whose names contain one of these, one after the other.
if (args.Length != 2 || !File.Exists(args[0]))
{
    Console.Error.WriteLine("usage: Emulated TESTS.dll NAME|NAME");
    return 2;
}
AppDomain.CurrentDomain.AssemblyResolve += (_, wanted) =>
    Path.Combine(Path.GetDirectoryName(args[0])!, $"{new AssemblyName(wanted.Name).Name}.dll") is var beside && File.Exists(beside) ? Assembly.LoadFrom(beside) : null;
var assembly = Assembly.LoadFrom(args[0]);
using var results = new Results();
using var framework = new XunitTestFramework(results);
framework.GetDiscoverer(Reflector.Wrap(assembly)).Find(includeSourceInformation: false, results, new OneByOne());
var found = results.Found;
var wanted = found.Where(t => args[1].Split('|').Any(name => $"{t.TestMethod.TestClass.Class.Name}.{t.TestMethod.Method.Name}".Contains(name, StringComparison.OrdinalIgnoreCase))).ToArray();
Console.WriteLine($"{wanted.Length} of {found.Count} tests on {RuntimeInformation.ProcessArchitecture}");
if (wanted.Length == 0) return 2;
using var executor = framework.GetExecutor(assembly.GetName());
executor.RunTests(wanted, results, new OneByOne());
return results.Print() ? 0 : 1;
