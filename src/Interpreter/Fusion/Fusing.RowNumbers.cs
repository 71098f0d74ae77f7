namespace Functional.Interpreter;

/// <summary>
/// What is made element by element of the numbers of rows that a loop reduces, and of what is there before it, as a normalisation's running means and the
/// update of its scale are: the loop makes it, too. Its place in the order is then an earlier one, so that those who read it still come later.
/// </summary>
internal sealed partial class Fusing
{
    private void JoinRowNumbers()
    {
        var members = homes.SelectMany((at, place) => at is null ? [] : at.Select(group => (group, place))).ToLookup(m => m.group, m => m.place);
        for (var g = 0; g < groups.Count; g++)
        {
            int[] places = [.. members[g]];
            if (groups[g] is not { IsMap: true, IsFixed: false, IsOfParts: false } || places.Any(p => homes[p]!.Length > 1 || live[p].Op is Slice)) continue;
            var read = places.SelectMany(p => live[p].Inputs).Select(Kernels.Root).Where(x => placeOf.TryGetValue(x, out var at) && Array.IndexOf(places, at) < 0 && x.Op is not (Variable or Constant)).Distinct().ToList();
            var loops = read.Select(x => Reducing(x, groups[g].Size)).Where(loop => loop >= 0).ToList();
            if (loops.Count == 0 || loops.MaxBy(loop => groups[loop].Last) is var into && !(groups[into].HasRoomFor(groups[g], MostNodes, MostReads) && read.All(x => IsBefore(x, into)))) continue;
            groups[into].Take(groups[g]);
            foreach (var place in places) homes[place] = [into];
            foreach (var x in read)
                if (homes[placeOf[x]] is [var home] && home == into && !results.Contains(x) && Readers(placeOf[x]).All(r => homes[r] is [var reader] && reader == into)) groups[into].Forget(x);
        }
    }

    /// <summary>The group that reduces so many rows and makes a number of each, which a value is; −1 where none does.</summary>
    private int Reducing(Expr value, long rows) => homes[placeOf[value]] is [var at] && groups[at] is { IsMap: false } g && g.Rows == rows && value.Shape.Size == rows ? at : -1;

    /// <summary>Whether a value is there before a group is computed, or computed there.</summary>
    private bool IsBefore(Expr value, int group) => homes[placeOf[value]] is { } at ? at.All(g => g == group || groups[g].Last < groups[group].Last) : placeOf[value] < groups[group].Last;
}
