namespace Functional.Interpreter;

/// <summary>
/// Loops that an earlier one does as well as its own, for all that they read is there before it: what is made element by element of the numbers that it
/// reduces rows to, as a normalisation's running means and the update of its scale are, and what reduces rows of the same values. Those who read
/// what a loop makes come after it, wherever it is before. What waits behind a <see cref="Barrier"/> stays there.
/// </summary>
internal sealed partial class Fusing
{
    private void JoinEarlier()
    {
        List<int>[] members = [.. groups.Select(_ => new List<int>())];
        for (var place = 0; place < live.Length; place++)
            foreach (var g in homes[place] ?? []) members[g].Add(place);
        for (var g = 0; g < groups.Count; g++)
        {
            var places = members[g];
            if (places.SelectMany(p => live[p].Inputs).Any(Waits)) continue;
            var read = places.SelectMany(p => live[p].Inputs).Select(Kernels.Root).Where(x => placeOf.TryGetValue(x, out var at) && !places.Contains(at)).Distinct().ToList();
            var found = (groups[g].IsMap ? Reducing(g, places, read) : Beside(g, read)).Where(into => groups[into].HasRoomFor(groups[g], MostNodes, MostReads) && read.All(x => IsBefore(x, into))).DefaultIfEmpty(-1).Max();
            if (found < 0) continue;
            groups[found].Take(groups[g]);
            members[found] = [.. members[found].Union(places)];
            foreach (var place in places) homes[place] = [.. homes[place]!.Select(at => at == g ? found : at).Distinct()];
            foreach (var x in read)
                if (homes[placeOf[x]] is [var home] && home == found && !results.Contains(x) && Readers(placeOf[x]).All(r => homes[r] is [var reader] && reader == found)) groups[found].Forget(x);
        }
    }

    /// <summary>The groups that reduce rows to numbers of which another makes an element for each row.</summary>
    private IEnumerable<int> Reducing(int of, List<int> places, List<Expr> read)
    {
        if (groups[of].IsFixed || groups[of].IsOfParts || places.Any(p => live[p].Op is Slice)) return [];
        return read.Where(x => x.Shape.Size == groups[of].Size).SelectMany(x => homes[placeOf[x]] is [var at] && groups[at] is { IsMap: false } g && g.Rows == groups[of].Size ? [at] : Array.Empty<int>());
    }

    /// <summary>The earlier groups that reduce rows of the same values as another.</summary>
    private IEnumerable<int> Beside(int of, List<Expr> read) =>
        read.Where(x => x.Shape.Size == groups[of].Size).SelectMany(x => Readers(placeOf[x])).SelectMany(r => homes[r] ?? []).Where(at => at != of && groups[at].Last < groups[of].Last && groups[at].HasRowsOf(groups[of]));

    private static bool Waits(Expr x)
    {
        for (; Kernels.IsView(x); x = x.Inputs[0])
            if (x.Op is Barrier) return true;
        return false;
    }

    /// <summary>Whether a value is there before a group is computed, or computed there.</summary>
    private bool IsBefore(Expr value, int group) =>
        value.Op is Variable or Constant || (homes[placeOf[value]] is { } at ? at.All(g => g == group || groups[g].Last < groups[group].Last) : placeOf[value] < groups[group].Last);
}
