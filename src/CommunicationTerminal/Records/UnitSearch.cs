using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Records;

/// <summary>
/// Finds units page by page. A page looks at a bounded number of units, however many there are and whatever was asked: one that found too few by then says so and can be gone on from.
/// </summary>
internal sealed class UnitSearch(Database database)
{
    /// <summary>The longest page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>The longest page of those who do not say.</summary>
    public const int DefaultLimit = 100;

    private const int MaxLooked = 30_000;
    private const int FewEnough = 1000;

    /// <summary>Up to <paramref name="limit"/> units that fit, from <paramref name="cursor"/> on.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/> where the limit or the cursor is none.</exception>
    public UnitPage Find(UnitFilter filter, string? cursor, int? limit)
    {
        var wanted = limit ?? DefaultLimit;
        if (wanted is < 1 or > MaxLimit)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"limit is {wanted}. Allowed: 1 to {MaxLimit}.");
        var start = cursor is null ? null : UnitCursor.Parse(cursor, filter);
        return database.Read(connection =>
        {
            var kind = start?.Kind ?? BestKind(connection, filter);
            var isBackwards = start?.IsBackwards == true;
            var walk = new UnitWalk(connection, filter, kind, isBackwards);
            var found = new List<(FoundUnit Unit, UnitPlace Place)>();
            var (isMore, isCutShort) = (false, false);
            foreach (var unit in walk.Run(start?.Place))
            {
                isMore = unit is not null && found.Count == wanted;
                if (isMore)
                    break;
                if (unit is not null)
                    found.Add((unit, walk.Place));
                isCutShort = walk.Looked >= MaxLooked;
                if (isCutShort)
                    break;
            }

            // Where the page ends: at its last unit where it is full, else at the last one that was looked at.
            UnitPlace? reached = isMore ? found[^1].Place : isCutShort ? walk.Place : null;
            UnitPlace? began = found.Count > 0 ? found[0].Place : start?.Place;
            var ahead = reached is { } end ? new UnitCursor(kind, isBackwards, end).ToString() : null;
            var back = start is not null && began is { } begin ? new UnitCursor(kind, !isBackwards, begin).ToString() : null;
            if (isBackwards)
                found.Reverse();
            var items = Summaries(connection, found.ConvertAll(one => one.Unit));
            return isBackwards ? new UnitPage(items, back, ahead, isCutShort) : new UnitPage(items, ahead, back, isCutShort);
        });
    }

    /// <summary>The index that leaves the fewest units to look at: one with few entries for the filters, else the day's, the line's, the state's, the numbers'.</summary>
    private static char BestKind(DbConnection connection, UnitFilter filter)
    {
        List<char> kinds = [];
        if (filter.PlanFrom is not null || filter.PlanTo is not null)
            kinds.Add(UnitWalk.ByDay);
        if (filter.Line is not null)
            kinds.Add(UnitWalk.ByLine);
        if (filter.State is not null)
            kinds.Add(UnitWalk.ByState);
        if (filter.Prefix is { Length: > ModelCode.Length } || filter.From is not null || filter.To is not null)
            kinds.Add(UnitWalk.ByNumber);
        if (kinds.Count < 2)
            return kinds.Count == 0 ? UnitWalk.ByNumber : kinds[0];
        var probed = kinds
            .Where(kind => kind != UnitWalk.ByDay || filter.PlanFrom == filter.PlanTo) // several days are not one range of their index
            .Select(kind => (Kind: kind, Count: new UnitWalk(connection, filter, kind, isBackwards: false).Probe(FewEnough)))
            .MinBy(one => one.Count);
        return probed.Count < FewEnough ? probed.Kind : kinds[0];
    }

    private static List<UnitSummary> Summaries(DbConnection connection, List<FoundUnit> units)
    {
        var fingerprints = connection.Query<(string Number, long Attempt, string Fingerprint)>(
                """
                SELECT machine_number, attempt, fingerprint FROM certificate WHERE machine_number IN @numbers
                UNION ALL
                SELECT machine_number, attempt, fingerprint FROM deleted_certificate WHERE machine_number IN @numbers
                """,
                new { numbers = units.Select(unit => unit.Number) })
            .ToDictionary(row => (row.Number, (int)row.Attempt), row => row.Fingerprint);
        return units.ConvertAll(unit => new UnitSummary(
            unit.Number,
            unit.State,
            unit.Attempt,
            unit.Line,
            Moment(unit.WrittenAt),
            fingerprints.GetValueOrDefault((unit.Number, unit.Attempt)),
            FactoryClock.ParseDate(unit.PlanDate),
            Moment(unit.ProvedAt),
            unit.FirmwareVersion));
    }

    private static DateTimeOffset? Moment(string? stored) => stored is null ? null : FactoryClock.Parse(stored);
}
