using Autodiff;
using Xunit;

namespace PropertyTests.Examples;

/// <summary>What examples/Autodiff shows is what one computes by hand.</summary>
public sealed class LectureTests
{
    private static readonly Lecture Lecture = new(-2, 5, -4);

    [Fact]
    public void Forward_values_stand_in_topological_order() =>
        Assert.Equal([-2, 5, 3, -4, -6, -18], Lecture.TopologicalOrder.Select(Lecture.At));

    [Fact]
    public void Backpropagation_the_adjoint_graph_and_forward_mode_agree()
    {
        double[] expected = [-3, -6, 3];
        var adjoints = Lecture.Backpropagation().ToDictionary(v => v.Node, v => v.Adjoint);
        Assert.Equal(expected, Lecture.Variables.Select(v => adjoints[v]));
        Assert.Equal(expected, Lecture.AdjointGraph.Inline(Lecture.Variables).Select(Lecture.At));
        Assert.Equal(expected, Lecture.ForwardPasses.Select(Lecture.At));
    }

    [Fact]
    public void Backpropagation_visits_each_node_once_after_all_its_users()
    {
        var visits = Lecture.Backpropagation();
        Assert.Equal(Lecture.TopologicalOrder.Length, visits.Select(v => v.Node).Distinct().Count());
        for (var i = 0; i < visits.Length; i++)
            foreach (var (input, _) in visits[i].Hands) Assert.True(visits.Select(v => v.Node).ToList().IndexOf(input) > i);
    }

    [Fact]
    public void The_second_derivatives_are_those_of_a_quadratic_form() =>
        Assert.Equal([2, 1, 1, 1, 0, 1, 1, 1, 0], Lecture.Hessian.SelectMany(row => row.Select(Lecture.At)));

    [Fact]
    public void The_adjoint_graph_is_no_larger_than_by_hand() => Assert.Equal(6, Lecture.AdjointGraph.Nodes.Length);
}
