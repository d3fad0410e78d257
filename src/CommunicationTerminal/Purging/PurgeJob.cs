using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Purging;

/// <summary>
/// Carries purges out, some hundred units per transaction, each with everything that belongs to it: pack and key deleted, what was deleted noted, the certificate owed back to the CA, the unit's
/// history. A kill leaves an open order, with which the next run goes on; units that a line takes in hand meanwhile stay, and
/// so do packs that came after the order: nobody confirmed those.
/// </summary>
internal sealed partial class PurgeJob(PurgeOrders orders, Database database, AuditTrail audit, FactoryClock clock, TimeProvider time, HealthState health, ILogger<PurgeJob> logger)
    : PeriodicJob("purge", time, health, logger)
{
    private const int Slice = 200;

    private readonly SemaphoreSlim _running = new(1, 1);

    /// <inheritdoc/>
    protected override TimeSpan Interval => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _running.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task RunOnceAsync(CancellationToken cancellationToken) => CarryOutAsync(cancellationToken);

    /// <summary>Carries every open order out.</summary>
    internal async Task CarryOutAsync(CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken);
        try
        {
            foreach (var order in orders.ReadOpen())
                await CarryOutAsync(order, cancellationToken);
        }
        finally
        {
            _running.Release();
        }
    }

    private async Task CarryOutAsync(PurgeReceipt order, CancellationToken cancellationToken)
    {
        for (var deleted = Slice; deleted == Slice;)
        {
            KillPoint.Reached(CommunicationTerminalKillPoints.BeforePurgeSlice);
            deleted = await database.WriteAsync((connection, transaction) => DeleteSlice(connection, transaction, order), cancellationToken);
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterPurgeSlice);
        }

        var count = await database.WriteAsync((connection, transaction) => Finish(connection, transaction, order), cancellationToken);
        LogPurged(count, order.Model, order.OrderedBy);
    }

    private int DeleteSlice(DbConnection connection, DbTransaction transaction, PurgeReceipt order)
    {
        var now = clock.StoredNow;
        var (first, last) = PurgeOrders.RangeOf(ModelCode.Parse(order.Model));
        var numbers = connection.Query<string>(
                $"SELECT machine_number FROM unit WHERE state = '{nameof(UnitState.Stored)}' AND machine_number BETWEEN @first AND @last AND line IS NULL AND stored_at <= @ordered ORDER BY machine_number",
                new { first, last, ordered = FactoryClock.Stored(order.OrderedAt) },
                transaction,
                buffered: false)
            .Take(Slice)
            .ToList();
        foreach (var number in numbers.Select(number => MachineNumber.Parse(number)))
        {
            var unit = Unit.Find(connection, transaction, number)!;
            var certificate = StoredCertificate.Find(connection, transaction, number, unit.Attempt)!;
            connection.Execute(
                "INSERT INTO purged_certificate (purge_id, machine_number, fingerprint) VALUES (@id, @Number, @Fingerprint)",
                new { id = order.Id.ToString(), unit.Number, certificate.Fingerprint },
                transaction);
            connection.Execute("DELETE FROM certificate WHERE machine_number = @Number", new { unit.Number }, transaction);
            CertificateReturns.Owe(connection, transaction, number, $"Model {order.Model} ended; purge {order.Id}.", now);
            unit.Become(connection, transaction, unit with { State = UnitState.Purged });
            UnitEvents.Add(connection, transaction, number, unit.Attempt, UnitEvent.Purged, null, now, certificate.Fingerprint, order.OrderedBy);
        }

        connection.Execute("UPDATE purge SET deleted_count = deleted_count + @Count WHERE purge_id = @id", new { numbers.Count, id = order.Id.ToString() }, transaction);
        return numbers.Count;
    }

    private int Finish(DbConnection connection, DbTransaction transaction, PurgeReceipt order)
    {
        var id = order.Id.ToString();
        var (sha256, count) = Digest(connection.Query<(string Number, string Fingerprint)>(
            "SELECT machine_number, fingerprint FROM purged_certificate WHERE purge_id = @id ORDER BY machine_number",
            new { id },
            transaction,
            buffered: false));
        var rows = connection.Execute(
            $"UPDATE purge SET state = '{PurgeOrders.Done}', finished_at = @now, certificates_sha256 = @sha256 WHERE purge_id = @id AND state = '{PurgeOrders.Open}'",
            new { id, now = clock.StoredNow, sha256 },
            transaction);
        if (rows == 1)
            audit.Append(connection, transaction, order.OrderedBy, "PurgeDone", order.Model, detail: $"{count} certificates deleted, list sha256 {sha256}; purge {id}");
        return count;
    }

    private static (string Sha256, int Count) Digest(IEnumerable<(string Number, string Fingerprint)> certificates)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var count = 0;
        foreach (var (number, fingerprint) in certificates)
        {
            hash.AppendData(Encoding.ASCII.GetBytes($"{number} {fingerprint}\n"));
            count++;
        }

        return (Convert.ToHexStringLower(hash.GetHashAndReset()), count);
    }

    [LoggerMessage(240, LogLevel.Information, "{Count} unused certificates of {Model} deleted, as {OrderedBy} ordered")]
    private partial void LogPurged(int count, string model, string orderedBy);
}
