namespace Functional.Interpreter.Gpu.Emission;

/// <summary>Two elements that are read together.</summary>
public struct Two<T> where T : unmanaged
{
    /// <summary>The first.</summary>
    public T X0;

    /// <summary>The second.</summary>
    public T X1;
}

/// <summary>Four elements that are read together.</summary>
public struct Four<T> where T : unmanaged
{
    /// <summary>The first.</summary>
    public T X0;

    /// <summary>The second.</summary>
    public T X1;

    /// <summary>The third.</summary>
    public T X2;

    /// <summary>The fourth.</summary>
    public T X3;
}
