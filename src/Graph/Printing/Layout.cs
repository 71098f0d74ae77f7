using System.Collections.Immutable;

namespace Functional;

/// <summary>
/// Where boxes stand in a layered drawing: layers by longest path, order within them by barycentres, positions by least squares under the
/// distances that boxes keep. An edge over several layers bends at points of its own.
/// </summary>
internal sealed class Layout
{
    private const int Sweeps = 12;
    private readonly List<(int Layer, double Width)> points;
    private readonly List<(int From, int To)> links = [];
    private readonly List<List<int>> layers = [];
    private readonly double gap;

    private Layout(IEnumerable<(int Layer, double Width)> boxes, double gap)
    {
        points = [.. boxes];
        this.gap = gap;
    }

    /// <summary>The centre of each box (and of each bend after them) across the layers.</summary>
    public double[] Across { get; private set; } = [];

    /// <summary>The width of the drawing.</summary>
    public double Width { get; private set; }

    /// <summary>The layer of each box and bend.</summary>
    public int Layer(int point) => points[point].Layer;

    /// <summary>For each box and each of its inputs, the points from the input to the box.</summary>
    public ImmutableArray<ImmutableArray<ImmutableArray<int>>> Routes { get; private set; }

    /// <summary>Lays out boxes of given widths, each with the boxes it reads, which come before it.</summary>
    /// <param name="boxes">Width and inputs.</param>
    /// <param name="gap">The room between neighbours.</param>
    /// <param name="bends">How many bends are spent at most; with none left, edges run straight.</param>
    public static Layout Of(ImmutableArray<(double Width, ImmutableArray<int> Inputs)> boxes, double gap, int bends)
    {
        var layer = LongestPaths(boxes);
        var layout = new Layout(boxes.Select((b, i) => (layer[i], b.Width)), gap);
        layout.Route(boxes, bends);
        layout.Order();
        layout.Place();
        return layout;
    }

    /// <summary>Each box below all that it reads; one that reads nothing, just above the first that reads it.</summary>
    private static int[] LongestPaths(ImmutableArray<(double Width, ImmutableArray<int> Inputs)> boxes)
    {
        var layer = new int[boxes.Length];
        var first = new int[boxes.Length];
        Array.Fill(first, int.MaxValue);
        for (var i = 0; i < boxes.Length; i++)
            foreach (var x in boxes[i].Inputs) layer[i] = Math.Max(layer[i], layer[x] + 1);
        for (var i = 0; i < boxes.Length; i++)
            foreach (var x in boxes[i].Inputs) first[x] = Math.Min(first[x], layer[i]);
        for (var i = 0; i < boxes.Length; i++)
            if (boxes[i].Inputs.IsEmpty && first[i] != int.MaxValue) layer[i] = first[i] - 1;
        return layer;
    }

    private void Route(ImmutableArray<(double Width, ImmutableArray<int> Inputs)> boxes, int bends)
    {
        var routes = ImmutableArray.CreateBuilder<ImmutableArray<ImmutableArray<int>>>(boxes.Length);
        for (var i = 0; i < boxes.Length; i++)
        {
            var box = i;
            routes.Add([.. boxes[i].Inputs.Select(x => Path(x, box))]);
        }
        Routes = routes.MoveToImmutable();

        ImmutableArray<int> Path(int from, int to)
        {
            var path = new List<int> { from };
            var between = points[to].Layer - points[from].Layer - 1;
            for (var k = 1; k <= between && between <= bends; k++)
            {
                path.Add(points.Count);
                points.Add((points[from].Layer + k, 0));
            }
            bends -= path.Count - 1;
            path.Add(to);
            for (var k = 1; k < path.Count; k++) links.Add((path[k - 1], path[k]));
            return [.. path];
        }
    }

    private void Order()
    {
        for (var i = 0; i < points.Count; i++)
        {
            while (layers.Count <= points[i].Layer) layers.Add([]);
            layers[points[i].Layer].Add(i);
        }
        var rank = new double[points.Count];
        void Rank(List<int> layer)
        {
            for (var i = 0; i < layer.Count; i++) rank[layer[i]] = (i + 0.5) / layer.Count;
        }

        layers.ForEach(Rank);
        var (above, below) = Neighbours();
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var neighbours = sweep % 2 == 0 ? above : below;
            foreach (var l in sweep % 2 == 0 ? Enumerable.Range(0, layers.Count) : Enumerable.Range(0, layers.Count).Reverse())
            {
                if (layers[l].Count < 2) continue;
                layers[l] = [.. layers[l].OrderBy(p => neighbours[p].Count == 0 ? rank[p] : neighbours[p].Average(q => rank[q]))];
                Rank(layers[l]);
            }
        }
    }

    private (List<int>[] Above, List<int>[] Below) Neighbours()
    {
        var (above, below) = (new List<int>[points.Count], new List<int>[points.Count]);
        for (var i = 0; i < points.Count; i++) (above[i], below[i]) = ([], []);
        foreach (var (from, to) in links)
        {
            above[to].Add(from);
            below[from].Add(to);
        }
        return (above, below);
    }

    private void Place()
    {
        Across = new double[points.Count];
        foreach (var layer in layers) Settle(layer, _ => 0);
        var (above, below) = Neighbours();
        double Mean(List<int> neighbours, int p) => neighbours.Count == 0 ? Across[p] : neighbours.Average(q => Across[q]);
        for (var sweep = 0; sweep < Sweeps; sweep++)
            foreach (var l in sweep % 2 == 0 ? Enumerable.Range(0, layers.Count) : Enumerable.Range(0, layers.Count).Reverse())
                Settle(layers[l], p => sweep < Sweeps - 2 ? Mean(sweep % 2 == 0 ? above[p] : below[p], p) : (Mean(above[p], p) + Mean(below[p], p)) / 2);
        if (points.Count == 0) return;
        var left = Enumerable.Range(0, points.Count).Min(p => Across[p] - points[p].Width / 2);
        for (var p = 0; p < points.Count; p++) Across[p] -= left;
        Width = Enumerable.Range(0, points.Count).Max(p => Across[p] + points[p].Width / 2);
    }

    /// <summary>
    /// Puts a layer as near as can be, in least squares, to where its points want to be, keeping order and distances: isotonic regression, by
    /// pooling adjacent violators.
    /// </summary>
    private void Settle(List<int> layer, Func<int, double> wish)
    {
        var offsets = new double[layer.Count];
        for (var i = 1; i < layer.Count; i++)
            offsets[i] = offsets[i - 1] + (points[layer[i - 1]].Width + points[layer[i]].Width) / 2 + gap;
        var pools = new List<(double Sum, int Count)>();
        for (var i = 0; i < layer.Count; i++)
        {
            var pool = (Sum: wish(layer[i]) - offsets[i], Count: 1);
            while (pools.Count > 0 && pools[^1].Sum / pools[^1].Count > pool.Sum / pool.Count)
            {
                pool = (pool.Sum + pools[^1].Sum, pool.Count + pools[^1].Count);
                pools.RemoveAt(pools.Count - 1);
            }
            pools.Add(pool);
        }
        var at = 0;
        foreach (var (sum, count) in pools)
            for (var k = 0; k < count; k++, at++) Across[layer[at]] = sum / count + offsets[at];
    }
}
