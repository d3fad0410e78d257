using System.Data.Common;
using System.Globalization;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>What was done to bring a day's units of a model to its plan.</summary>
/// <param name="Added">Units with new numbers, or with numbers that had been withdrawn.</param>
/// <param name="Moved">Units that came from another day.</param>
/// <param name="Withdrawn">Units that were taken back.</param>
/// <param name="Kept">Units more than planned, which can't be taken back because a line has had them.</param>
/// <param name="Missing">Units fewer than planned, because serials are used up or in use.</param>
internal sealed record DayChange(int Added, int Moved, int Withdrawn, int Kept, int Missing)
{
    /// <summary>A sentence for the manager.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        Say(Added, "added");
        Say(Moved, "moved here from another day");
        Say(Withdrawn, "withdrawn");
        Say(Kept, "more than planned stay, because a line has had them");
        Say(Missing, "missing: their serials are used up or in use");
        return parts.Count == 0 ? "Nothing had to be changed." : $"Units: {string.Join("; ", parts)}.";

        void Say(int count, string what)
        {
            if (count > 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {what}"));
        }
    }
}

/// <summary>
/// Brings the units of one day and model to what the plan says, whether it is the day's first allocation or a correction: it looks at the units that are there and does only what is missing.
/// Serials are the plan's own where it gives them out, else counted per model, never one twice.
/// </summary>
internal sealed class DayPlan(DailyBatchOptions options, ManagedModels managed, FactoryClock clock)
{
    /// <summary>Brings the day's units to <paramref name="row"/>; a count of 0 takes back what no line has had.</summary>
    public DayChange Bring(DbConnection connection, DbTransaction transaction, PlanRow row)
    {
        var units = new UnitsOfModel(connection, transaction, row.Model, clock.StoredNow);
        var change = row.GivenRange is { } given ? BringGiven(units, row, given) : BringCounted(units, row);
        units.SetLine(row.Date, row.Line);
        return change;
    }

    /// <summary>Moves units that <paramref name="from"/> has too many of to a day that has too few, as far as no line has had them.</summary>
    /// <returns>How many were moved.</returns>
    public int Move(DbConnection connection, DbTransaction transaction, PlanRow from, PlanRow to)
    {
        var units = new UnitsOfModel(connection, transaction, from.Model, clock.StoredNow);
        var there = units.ReadDay(from.Date);
        var wanted = Math.Min(there.Count - from.Count, to.Count - units.ReadDay(to.Date).Count);
        if (wanted <= 0)
            return 0;
        var moved = FreeFirst(there).Take(wanted).ToList();
        units.Move(moved, to.Date, to.Line, $"The plan moved it from {from.Date:yyyy-MM-dd} to {to.Date:yyyy-MM-dd}.");
        return moved.Count;
    }

    /// <summary>Takes the serials that the plan gives to the day of <paramref name="row"/> from other days, as far as no line has had them.</summary>
    /// <returns>How many were moved.</returns>
    public int TakeGiven(DbConnection connection, DbTransaction transaction, PlanRow row) =>
        row.GivenRange is { } given ? TakeGiven(new UnitsOfModel(connection, transaction, row.Model, clock.StoredNow), row, given) : 0;

    private static int TakeGiven(UnitsOfModel units, PlanRow row, SerialRange given)
    {
        var elsewhere = units.ReadRange(given).Where(unit => unit.IsFree && unit.Date != row.Date).ToList();
        units.Move(elsewhere, row.Date, row.Line, $"The plan moved it to {row.Date:yyyy-MM-dd}.");
        return elsewhere.Count;
    }

    private DayChange BringCounted(UnitsOfModel units, PlanRow row)
    {
        var there = units.ReadDay(row.Date);
        var missing = row.Count - there.Count;
        if (missing < 0)
        {
            var back = FreeFirst(there).Take(-missing).ToList();
            units.Withdraw(back, $"The plan of {row.Date:yyyy-MM-dd} has fewer units.");
            return new DayChange(0, 0, back.Count, -missing - back.Count, 0);
        }

        var reused = ReuseLeftOvers(units, row, missing);
        var wanted = missing - reused;
        if (wanted == 0)
            return new DayChange(0, reused, 0, 0, 0);
        var taken = units.ReadAllocations().Concat(PlanStore.ReadGivenRanges(units.Connection, units.Transaction, row.Model));
        if (SerialRange.FirstFree(managed.FirstSerialOf(row.Model), wanted, taken) is not { } serials)
            return new DayChange(0, reused, 0, 0, wanted);
        units.Allocate(row, [serials], IsAtScan(row), options.ChunkSize);
        return new DayChange(wanted, reused, 0, 0, 0);
    }

    private DayChange BringGiven(UnitsOfModel units, PlanRow row, SerialRange given)
    {
        var moved = TakeGiven(units, row, given);
        var there = units.ReadDay(row.Date);
        var outside = there.Where(unit => !given.Contains(unit.Serial)).ToList();
        var back = outside.Where(unit => unit.IsFree).ToList();
        units.Withdraw(back, $"The plan of {row.Date:yyyy-MM-dd} gives out {given}.");

        var known = units.ReadRange(given);
        var withdrawn = known.Where(unit => unit.State == UnitState.Withdrawn).Select(unit => unit.Serial).ToList();
        units.Revive(withdrawn, row, IsAtScan(row), options.ChunkSize);
        var added = Enumerable.Range(given.First, given.Count).Except(known.Select(unit => unit.Serial)).ToList();
        units.Allocate(row, SerialRange.RunsOf(added), IsAtScan(row), options.ChunkSize);
        var inPlace = there.Count - outside.Count;
        return new DayChange(
            added.Count + withdrawn.Count,
            moved,
            back.Count,
            outside.Count - back.Count,
            given.Count - inPlace - added.Count - withdrawn.Count);
    }

    private int ReuseLeftOvers(UnitsOfModel units, PlanRow row, int wanted)
    {
        if (options.LeftOvers != LeftOverRule.Reuse || wanted == 0)
            return 0;
        var left = units.ReadLeftOvers(row.Date.AddDays(-options.LeftOverAfterDays), wanted);
        units.Move(left, row.Date, row.Line, $"Left over; taken for {row.Date:yyyy-MM-dd}.");
        return left.Count;
    }

    // A board that makes its own key asks for its certificate itself, when it is scanned.
    private bool IsAtScan(PlanRow row) => options.Direct || managed.BoardMakesKey(row.Model);

    /// <summary>Those without a certificate first, then the highest numbers.</summary>
    private static IEnumerable<StockUnit> FreeFirst(IEnumerable<StockUnit> units) =>
        units.Where(unit => unit.IsFree).OrderBy(unit => unit.State != UnitState.Planned).ThenByDescending(unit => unit.Serial);
}
