using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// Requests that the CA has ended (<see cref="ErrorCode.KeysExpired"/>), because it was not told in time that their packs are stored here: their certificates are revoked. Packs that
/// no line has had leave the stock and are ordered again under new ids. Units whose pack a line has had keep their state, get a new certificate when they are scanned again, and
/// stand in health until then. All of a request is one transaction, before anything is sent; after a kill the CA says the same again.
/// </summary>
internal sealed partial class ExpiredRequests(Database database, FactoryClock clock, HealthState health, ILogger<ExpiredRequests> logger)
{
    /// <summary>The condition's name in health.</summary>
    public const string Condition = "revoked certificates";

    private const int MaxNamed = 10;

    /// <summary>Ends the request here too. Where that has been done already nothing changes.</summary>
    public async Task ReplaceAsync(RequestId expired, CancellationToken cancellationToken)
    {
        var (removed, marked) = await database.WriteAsync((connection, transaction) => Replace(connection, transaction, expired), cancellationToken);
        LogReplaced(expired, removed, marked);
    }

    /// <summary>Says in health which units have a revoked certificate on their board, or may have.</summary>
    public void ReportInHealth()
    {
        var affected = database.Read(connection => connection.Query<(string Number, string State)>(
                $"""
                SELECT u.machine_number, u.state FROM certificate c JOIN unit u ON u.machine_number = c.machine_number AND u.attempt = c.attempt
                WHERE c.outcome = '{StoredCertificate.Expired}' ORDER BY c.machine_number
                """))
            .Where(unit => IsInUse(Enum.Parse<UnitState>(unit.State)))
            .ToList();
        if (affected.Count == 0)
        {
            health.Clear(Condition);
            return;
        }

        var named = string.Join(", ", affected.Take(MaxNamed).Select(unit => $"{unit.Number} ({unit.State})")) + (affected.Count > MaxNamed ? ", …" : string.Empty);
        health.Report(
            Condition,
            $"{affected.Count} units were given certificates that the CA has revoked, because it was not told in time that they were stored here: {named}. Scan each at a station: it gets a new one.");
    }

    private (int Removed, int Marked) Replace(DbConnection connection, DbTransaction transaction, RequestId expired)
    {
        var (now, why) = (clock.StoredNow, $"Request {expired} was not acknowledged in time; the CA has revoked its certificates.");
        var chunk = Chunk.Find(connection, transaction, expired);
        var units = chunk is null ? Unit.OfRequest(connection, transaction, expired) : Unit.OfBatch(connection, transaction, chunk[0], chunk[chunk.Serials.Count - 1]);
        var waiting = units.Where(unit => unit.State == UnitState.Planned).Select(unit => unit.MachineNumber.Serial).ToHashSet();
        var (removed, marked) = (0, 0);
        foreach (var unit in units.Where(unit => IsInUse(unit.State)))
        {
            var number = unit.MachineNumber;
            if (chunk is not null && unit.Line is null)
            {
                StoredCertificate.Delete(connection, transaction, number, unit.Attempt);
                unit.Become(connection, transaction, unit with { State = UnitState.Planned, StoredAt = null });
                UnitEvents.Add(connection, transaction, number, unit.Attempt, UnitEvent.Expired, null, now, why + " No line has had this pack: it is removed and ordered again.");
                waiting.Add(number.Serial);
                removed++;
            }
            else
            {
                StoredCertificate.MarkOutcome(connection, transaction, number, unit.Attempt, StoredCertificate.Expired);
                StoredCertificate.WipeKey(connection, transaction, number, unit.Attempt);
                UnitEvents.Add(connection, transaction, number, unit.Attempt, UnitEvent.Expired, null, now, why + $" Line {unit.Line} has had this one: the unit gets a new one when it is scanned again.");
                marked++;
            }
        }

        chunk?.Replace(connection, transaction, SerialRange.RunsOf(waiting), why);
        Acknowledgements.Forget(connection, transaction, [expired]);
        return (removed, marked);
    }

    private static bool IsInUse(UnitState state) => state is UnitState.Stored or UnitState.Written or UnitState.Proved;

    [LoggerMessage(212, LogLevel.Warning, "Request {RequestId} expired at the CA: {Removed} packs removed and ordered again, {Marked} units need a new certificate at a station")]
    private partial void LogReplaced(RequestId requestId, int removed, int marked);
}
