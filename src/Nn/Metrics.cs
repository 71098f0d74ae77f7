namespace Functional.Nn;

/// <summary>Measures of a classifier's answers.</summary>
public static class Metrics
{
    /// <summary>The share of answers that are the label.</summary>
    public static double Accuracy(ReadOnlySpan<int> answers, ReadOnlySpan<int> labels)
    {
        var right = 0;
        for (var i = 0; i < labels.Length; i++)
            if (answers[i] == labels[i]) right++;
        return right / (double)labels.Length;
    }

    /// <summary>How often a class (row) was taken for another (column).</summary>
    public static int[,] Confusion(ReadOnlySpan<int> answers, ReadOnlySpan<int> labels, int classes)
    {
        var counts = new int[classes, classes];
        for (var i = 0; i < labels.Length; i++) counts[labels[i], answers[i]]++;
        return counts;
    }
}
