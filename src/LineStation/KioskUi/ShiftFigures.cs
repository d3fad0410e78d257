using System.Globalization;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.KioskUi;

/// <summary>How many units of this shift stand how: a unit that passed in the end counts as passed, also when it is scanned again.</summary>
internal sealed class ShiftFigures(Database database, KioskOptions options, TimeProvider time)
{
    private readonly Dictionary<string, Verdict> _units = new(StringComparer.Ordinal);

    /// <summary>When the shift began, on the clock of this machine.</summary>
    public DateTimeOffset Start { get; private set; }

    /// <summary>Units that ended so.</summary>
    public int Of(Verdict verdict) => _units.Values.Count(one => one == verdict);

    /// <summary>Reads the shift from the journal where a new one has begun.</summary>
    public void Refresh()
    {
        var start = StartOfShift();
        if (start == Start)
            return;
        Start = start;
        _units.Clear();
        foreach (var (number, verdict) in database.Read(connection => connection.Query<(string, string)>(
            "SELECT machine_number, verdict FROM journal WHERE verdict IS NOT NULL AND machine_number IS NOT NULL AND time >= @start ORDER BY sequence",
            new { start = start.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture) }).AsList()))
        {
            Note(number, Enum.Parse<Verdict>(verdict));
        }
    }

    /// <summary>Counts a verdict.</summary>
    public void Count(StationEvent happened)
    {
        if (happened is { MachineNumber: { } number, Verdict: { } verdict } && happened.Time >= Start)
            Note(number, verdict);
    }

    private void Note(string number, Verdict verdict)
    {
        if (_units.GetValueOrDefault(number, Verdict.Blocked) != Verdict.Pass)
            _units[number] = verdict;
    }

    private DateTimeOffset StartOfShift()
    {
        var now = time.GetLocalNow();
        var today = DateOnly.FromDateTime(now.DateTime);
        var begun = options.ShiftStarts.Where(start => start <= TimeOnly.FromDateTime(now.DateTime)).ToList();
        var local = begun.Count > 0 ? today.ToDateTime(begun[^1]) : today.AddDays(-1).ToDateTime(options.ShiftStarts[^1]);
        return new DateTimeOffset(local, time.LocalTimeZone.GetUtcOffset(local));
    }
}
