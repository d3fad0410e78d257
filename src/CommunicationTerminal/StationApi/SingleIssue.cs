using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>
/// Gets one unit's certificate while a station waits: the first one in direct mode (P-24), or a new one after a failed write (P-18). The request's id is in the unit's row
/// before this is called, so a lost answer or a kill is made good by calling it again.
/// </summary>
internal sealed class SingleIssue(Database database, CertificateAuthorityClient authority, PackCheck check, DailyBatchJob batch, FactoryClock clock)
{
    /// <summary>Requests and stores the certificate that <paramref name="unit"/> (Planned or ReissuePending) waits for.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.CaUnavailable"/>, or why the CA refused. The unit waits on.</exception>
    public async Task CompleteAsync(Unit unit, CancellationToken cancellationToken)
    {
        var requestId = RequestId.Parse(unit.CaRequest);
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeSingleSent);
        var pack = unit.State == UnitState.Planned
            ? await authority.IssueOneAsync(requestId, unit.MachineNumber, cancellationToken)
            : await authority.ReissueAsync(requestId, unit.MachineNumber, $"Write attempt {unit.Attempt} failed.", cancellationToken);
        var checkedPack = await check.CheckAsync(pack, unit.MachineNumber, cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeSingleStored);
        if (!await StoreAsync(unit, checkedPack, requestId, cancellationToken))
            return;
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterSingleStored);
        batch.Signal(); // acknowledges; the station need not wait for that
    }

    private Task<bool> StoreAsync(Unit unit, CheckedPack pack, RequestId requestId, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            var current = Unit.Find(connection, transaction, unit.MachineNumber);
            if (current is null || current.State != unit.State || current.CaRequest != unit.CaRequest)
                return false; // a second station's call for the same request was faster and stored the same pack
            var now = clock.StoredNow;
            var attempt = unit.State == UnitState.Planned ? unit.Attempt : unit.Attempt + 1;
            if (attempt != unit.Attempt)
                StoredCertificate.WipeKey(connection, transaction, unit.MachineNumber, unit.Attempt);
            StoredCertificate.Insert(connection, transaction, unit.MachineNumber, attempt, pack, now);
            current.Become(connection, transaction, current with { State = UnitState.Stored, Attempt = attempt, StoredAt = now });
            UnitEvents.Add(connection, transaction, unit.MachineNumber, attempt, UnitEvent.Stored, null, now, pack.Fingerprint.ToString());
            Acknowledgements.Owe(connection, transaction, requestId, now);
            return true;
        },
        cancellationToken);
}
