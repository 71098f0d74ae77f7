namespace Functional.Interpreter;

/// <summary>
/// Results of one number for each row that are made of what a loop reduces and of what is there before it, as a normalisation's running means and the
/// update of its scale are: the loop makes them, too.
/// </summary>
internal sealed partial class Fusing
{
    private void JoinRowResults()
    {
        var members = homes.SelectMany((at, place) => at is null ? [] : at.Select(group => (group, place))).ToLookup(m => m.group, m => m.place);
        for (var g = 0; g < groups.Count; g++)
        {
            int[] places = [.. members[g]];
            if (!AreRowResults(g, places)) continue;
            var read = places.SelectMany(p => live[p].Inputs).Select(Kernels.Root).Where(x => placeOf.TryGetValue(x, out var at) && Array.IndexOf(places, at) < 0 && x.Op is not (Variable or Constant)).Distinct().ToList();
            var loops = read.Select(x => Reducing(x, groups[g].Size)).Where(loop => loop >= 0).ToList();
            if (loops.Count == 0 || loops.MaxBy(loop => groups[loop].Last) is var into && !(groups[into].HasRoomFor(groups[g], MostNodes, MostReads) && read.All(x => IsBefore(x, into)))) continue;
            groups[into].Take(groups[g]);
            foreach (var place in places) homes[place] = [into];
            foreach (var x in read)
                if (homes[placeOf[x]] is [var home] && home == into && !results.Contains(x) && Readers(placeOf[x]).All(r => homes[r] is [var reader] && reader == into)) groups[into].Forget(x);
        }
    }

    /// <summary>Whether a group computes nothing but results, element by element, that nothing else reads.</summary>
    private bool AreRowResults(int group, int[] places) =>
        places.Length > 0 && groups[group] is { IsMap: true, IsFixed: false, IsOfParts: false } g && g.Stored.All(results.Contains)
        && places.All(p => homes[p]!.Length == 1 && live[p].Op is not Slice && Readers(p).All(r => homes[r] is [var home] && home == group));

    /// <summary>The group that reduces rows and stores a number of each, which a value is; −1 where none does.</summary>
    private int Reducing(Expr value, long rows) => homes[placeOf[value]] is [var at] && groups[at] is { IsMap: false } g && g.Rows == rows && value.Shape.Size == rows && g.Stored.Contains(value) ? at : -1;

    /// <summary>Whether a value is there before a group is computed, or computed there.</summary>
    private bool IsBefore(Expr value, int group) => homes[placeOf[value]] is { } at ? at.All(g => g == group || groups[g].Last < groups[group].Last) : placeOf[value] < groups[group].Last;
}
