using System.Data.Common;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Records;

/// <summary>What a search reads of a unit.</summary>
internal sealed record FoundUnit(
    string Number, string PlanDate, UnitState State, string? Line, int Attempt, string? WrittenAt, string? ProvedAt, string? FirmwareVersion);

/// <summary>Where a walk is: the day matters only to a walk along the days.</summary>
internal readonly record struct UnitPlace(string Day, string Number);

/// <summary>
/// A way through the units, forwards or backwards: always along one index, so that a page costs what it looks at and never what is stored. What the index does not decide is compared
/// row by row; the searcher bounds how many.
/// </summary>
internal sealed class UnitWalk(DbConnection connection, UnitFilter filter, char kind, bool isBackwards)
{
    /// <summary>Along all machine numbers.</summary>
    public const char ByNumber = 'n';

    /// <summary>Along those of a state.</summary>
    public const char ByState = 's';

    /// <summary>Along those of a line.</summary>
    public const char ByLine = 'l';

    /// <summary>Along the days of the plan.</summary>
    public const char ByDay = 'd';

    private const string Columns = "machine_number, plan_date, state, line, attempt, written_at, proved_at, firmware_version";

    private readonly string? _state = filter.State?.ToString();
    private readonly string? _dayFrom = filter.PlanFrom is { } from ? FactoryClock.Stored(from) : null;
    private readonly string? _dayTo = filter.PlanTo is { } to ? FactoryClock.Stored(to) : null;

    /// <summary>How many units were looked at.</summary>
    public int Looked { get; private set; }

    /// <summary>The last one that was looked at.</summary>
    public UnitPlace Place { get; private set; }

    /// <summary>The units that fit, from behind <paramref name="from"/> on; null: from the beginning. Null in between means: looked on, found none.</summary>
    public IEnumerable<FoundUnit?> Run(UnitPlace? from)
    {
        if (kind != ByDay)
            return RunIn(kind switch { ByState => "state = @state AND ", ByLine => "line = @line AND ", _ => string.Empty }, string.Empty, from?.Number);
        return RunDays(from);
    }

    /// <summary>Up to <paramref name="most"/> entries of the index that would be walked.</summary>
    public int Probe(int most)
    {
        var where = kind switch
        {
            ByState => "state = @state AND ",
            ByLine => "line = @line AND ",
            ByDay => "plan_date = @day AND ",
            _ => string.Empty,
        };
        using var command = Command($"SELECT machine_number FROM unit WHERE {where}machine_number >= @low AND machine_number < @high ORDER BY machine_number", _dayFrom ?? string.Empty, null);
        using var reader = command.ExecuteReader();
        var count = 0;
        while (count < most && reader.Read())
            count++;
        return count;
    }

    private IEnumerable<FoundUnit?> RunDays(UnitPlace? from)
    {
        var (day, number) = from is { } place ? (place.Day, place.Number) : (FirstDay(), null);
        for (; day is not null; (day, number) = (DayBehind(day), null))
        {
            foreach (var unit in RunIn("plan_date = @day AND ", day, number))
                yield return unit;
            Looked++; // a day without units costs a look, too
            Place = new UnitPlace(day, isBackwards ? string.Empty : "~");
            yield return null;
        }
    }

    private IEnumerable<FoundUnit?> RunIn(string where, string day, string? from)
    {
        using var command = Command(
            $"SELECT {Columns} FROM unit WHERE {where}machine_number >= @low AND machine_number < @high ORDER BY machine_number{(isBackwards ? " DESC" : string.Empty)}", day, from);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            Looked++;
            var number = reader.GetString(0);
            Place = new UnitPlace(day, number);
            yield return Fits(reader) ? Read(reader, number) : null;
        }
    }

    private bool Fits(DbDataReader reader)
    {
        if (_state is not null && kind != ByState && reader.GetString(2) != _state)
            return false;
        if (filter.Line is not null && kind != ByLine && (reader.IsDBNull(3) || reader.GetString(3) != filter.Line))
            return false;
        if ((_dayFrom ?? _dayTo) is null || kind == ByDay)
            return true;
        var day = reader.GetString(1);
        return (_dayFrom is null || string.CompareOrdinal(day, _dayFrom) >= 0) && (_dayTo is null || string.CompareOrdinal(day, _dayTo) <= 0);
    }

    private static FoundUnit Read(DbDataReader reader, string number) => new(
        number, reader.GetString(1), Enum.Parse<UnitState>(reader.GetString(2)), Text(reader, 3), reader.GetInt32(4), Text(reader, 5), Text(reader, 6), Text(reader, 7));

    private static string? Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private string? FirstDay() => isBackwards
        ? Day("SELECT MAX(plan_date) FROM unit WHERE plan_date >= @from AND plan_date <= @to", _dayFrom ?? string.Empty, _dayTo ?? "~")
        : Day("SELECT MIN(plan_date) FROM unit WHERE plan_date >= @from AND plan_date <= @to", _dayFrom ?? string.Empty, _dayTo ?? "~");

    private string? DayBehind(string day) => isBackwards
        ? Day("SELECT MAX(plan_date) FROM unit WHERE plan_date >= @from AND plan_date < @to", _dayFrom ?? string.Empty, day)
        : Day("SELECT MIN(plan_date) FROM unit WHERE plan_date > @from AND plan_date <= @to", day, _dayTo ?? "~");

    private string? Day(string sql, string from, string to)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.AddParameter("@from", from);
        command.AddParameter("@to", to);
        return command.ExecuteScalar() as string;
    }

    private DbCommand Command(string sql, string day, string? from)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        var (low, high) = (filter.Lowest, filter.Highest);
        if (from is not null && isBackwards && string.CompareOrdinal(from, high) < 0)
            high = from;
        else if (from is not null && !isBackwards && string.CompareOrdinal(from, low) >= 0)
            low = UnitFilter.JustBehind(from);
        command.AddParameter("@low", low);
        command.AddParameter("@high", high);
        command.AddParameter("@state", _state);
        command.AddParameter("@line", filter.Line);
        command.AddParameter("@day", day);
        return command;
    }
}
