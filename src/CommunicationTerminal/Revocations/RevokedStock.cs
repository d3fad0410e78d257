using System.Data.Common;
using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Revocations;

/// <summary>
/// What becomes of units whose current certificate an administrator has revoked. A pack in stock leaves it: the unit gets a new one when it is scanned, or is blocked where the reason
/// says that there is not to be one. A written or proved unit keeps its state, stands in health, and gets a new one when it is scanned again. A certificate that was superseded by a later
/// one of its own device, as renewing does, is no case for anybody here.
/// </summary>
internal sealed partial class RevokedStock(Database database, FactoryClock clock, HealthState health, ILogger<RevokedStock> logger)
{
    /// <summary>The condition's name in health.</summary>
    public const string Condition = "certificates revoked at the CA";

    private const int Slice = 200;
    private const int MaxNamed = 10;

    private sealed record Hit(string Number, int Attempt, RevocationReason Reason);

    /// <summary>Sees to everything on a CRL of <paramref name="chain"/>; what has been seen to changes nothing.</summary>
    /// <returns>How many units it hit.</returns>
    public async Task<int> TakeOutAsync(int chain, IReadOnlyList<RevokedCertificate> revoked, CancellationToken cancellationToken)
    {
        var hits = database.Read(connection => FindHits(connection, chain, revoked));
        foreach (var slice in hits.Chunk(Slice))
        {
            KillPoint.Reached(CommunicationTerminalKillPoints.BeforeRevokedTaken);
            await database.WriteAsync(
                (connection, transaction) =>
                {
                    foreach (var hit in slice)
                        TakeOut(connection, transaction, hit);
                },
                cancellationToken);
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterRevokedTaken);
        }

        return hits.Count;
    }

    /// <summary>Says in health which products carry a certificate that was revoked.</summary>
    public void ReportInHealth()
    {
        var affected = database.Read(connection => connection.Query<(string Number, string State)>(
                $"""
                SELECT u.machine_number, u.state FROM certificate c JOIN unit u ON u.machine_number = c.machine_number AND u.attempt = c.attempt
                WHERE c.outcome = '{StoredCertificate.Revoked}' AND u.state IN ('Written', 'Proved')
                UNION ALL
                SELECT u.machine_number, u.state FROM deleted_certificate c JOIN unit u ON u.machine_number = c.machine_number AND u.attempt = c.attempt
                WHERE c.outcome = '{StoredCertificate.Revoked}' AND u.state IN ('Written', 'Proved')
                ORDER BY 1
                """)
            .ToList());
        if (affected.Count == 0)
        {
            health.Clear(Condition);
            return;
        }

        var named = string.Join(", ", affected.Take(MaxNamed).Select(unit => $"{unit.Number} ({unit.State})")) + (affected.Count > MaxNamed ? ", …" : string.Empty);
        health.Report(Condition, $"{affected.Count} products carry a certificate that was revoked at the CA: {named}. Scan each at a station, then it gets a new one, or scrap it on page Rework.");
    }

    private static List<Hit> FindHits(DbConnection connection, int chain, IReadOnlyList<RevokedCertificate> revoked)
    {
        var hits = new List<Hit>();
        using var find = connection.CreateCommand();
        find.CommandText = """
            SELECT machine_number, attempt FROM certificate WHERE serial_number = @serial AND chain_id = @chain AND (outcome IS NULL OR outcome = 'Succeeded')
            UNION ALL
            SELECT machine_number, attempt FROM deleted_certificate WHERE serial_number = @serial AND chain_id = @chain AND outcome = 'Succeeded'
            """;
        var serial = find.AddParameter("@serial", string.Empty);
        find.AddParameter("@chain", chain);
        find.Prepare();
        foreach (var certificate in revoked)
        {
            serial.Value = certificate.SerialNumber;
            using var reader = find.ExecuteReader();
            while (reader.Read())
                hits.Add(new Hit(reader.GetString(0), reader.GetInt32(1), certificate.Reason));
        }

        return hits;
    }

    private void TakeOut(DbConnection connection, DbTransaction transaction, Hit hit)
    {
        var number = MachineNumber.Parse(hit.Number);
        if (Unit.Find(connection, transaction, number) is not { } unit || unit.Attempt != hit.Attempt)
            return;
        var (now, reason) = (clock.StoredNow, RevocationReasons.NameOf(hit.Reason));
        switch (unit.State)
        {
            case UnitState.Stored when IsFinal(hit.Reason):
                MarkRevoked($"An administrator revoked its certificate at the CA ({reason}): it is not to get another one.");
                UnitEvents.Add(connection, transaction, number, unit.Attempt, UnitEvent.Blocked, null, now, $"its certificate was revoked at the CA ({reason}).");
                unit.Become(connection, transaction, unit with { State = UnitState.Blocked });
                break;
            case UnitState.Stored:
                MarkRevoked($"An administrator revoked its certificate at the CA ({reason}). It gets a new one when it is scanned.");
                unit.Become(connection, transaction, unit with { State = UnitState.ReissuePending, CaRequest = RequestId.New().ToString(), CaRequestKey = null });
                break;
            case UnitState.Written or UnitState.Proved when hit.Reason != RevocationReason.Superseded:
                MarkRevoked($"An administrator revoked its certificate at the CA ({reason}), while it is {unit.State}.");
                break;
        }

        void MarkRevoked(string detail)
        {
            StoredCertificate.MarkOutcome(connection, transaction, number, unit.Attempt, StoredCertificate.Revoked);
            StoredCertificate.WipeKey(connection, transaction, number, unit.Attempt);
            UnitEvents.Add(connection, transaction, number, unit.Attempt, UnitEvent.Revoked, null, now, detail);
            LogRevoked(hit.Number, unit.State, reason);
        }
    }

    /// <summary>Whether somebody at the CA has said that this product is not to have a certificate at all.</summary>
    private static bool IsFinal(RevocationReason reason) => reason is RevocationReason.CessationOfOperation or RevocationReason.PrivilegeWithdrawn;

    [LoggerMessage(230, LogLevel.Warning, "The certificate of {MachineNumber} ({State}) was revoked at the CA: {Reason}")]
    private partial void LogRevoked(string machineNumber, UnitState state, string reason);
}
