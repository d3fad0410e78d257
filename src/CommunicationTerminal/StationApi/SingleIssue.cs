using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.CommunicationTerminal.DailyBatch;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>
/// Gets one unit's certificate while a station waits: the first one in direct mode (P-24), or a new one after a failed write (P-18). The request's id is in the unit's row
/// before this is called, so a lost answer or a kill is made good by calling it again. Where the CA has ended the request meanwhile, or an administrator has revoked what it brought, a new
/// id takes its place.
/// </summary>
internal sealed class SingleIssue(Database database, CertificateAuthorityClient authority, PackCheck check, PacksOnTheirWay onTheirWay, DailyBatchJob batch, FactoryClock clock)
{
    /// <summary>Requests and stores the certificate that <paramref name="unit"/> (Planned or ReissuePending) waits for.</summary>
    /// <remarks>The unit waits on, with a new id, where the CA had ended the request.</remarks>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.CaUnavailable"/>, or why the CA refused. The unit waits on.</exception>
    public async Task CompleteAsync(Unit unit, BoardKey? boardKey, CancellationToken cancellationToken)
    {
        using (onTheirWay.Ask(unit.MachineNumber))
        {
            if (database.Read(connection => Unit.Find(connection, null, unit.MachineNumber)) is { } current && current.State == unit.State && current.CaRequest == unit.CaRequest)
                await AskAsync(unit, boardKey, cancellationToken);
        }

        batch.Signal(); // acknowledges, or gives back what was ended meanwhile; the station need not wait for that
    }

    private async Task AskAsync(Unit unit, BoardKey? boardKey, CancellationToken cancellationToken)
    {
        var requestId = RequestId.Parse(unit.CaRequest);
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeSingleSent);
        CertificatePack pack;
        try
        {
            pack = unit.State == UnitState.Planned
                ? await IssueAsync(requestId, unit, boardKey, cancellationToken)
                : await ReissueAsync(requestId, unit, boardKey, cancellationToken);
        }
        catch (ProvisioningException ended) when (ended.Code is ErrorCode.KeysExpired or ErrorCode.Conflict) // Conflict: what the request brought is revoked or superseded
        {
            await RenewRequestAsync(unit, ended.Message, cancellationToken);
            return;
        }

        var checkedPack = await check.CheckAsync(pack, unit.MachineNumber, boardKey, cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeSingleStored);
        if (await StoreAsync(unit, checkedPack, requestId, cancellationToken))
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterSingleStored);
    }

    private Task<CertificatePack> IssueAsync(RequestId requestId, Unit unit, BoardKey? boardKey, CancellationToken cancellationToken) => boardKey is null
        ? authority.IssueOneAsync(requestId, unit.MachineNumber, cancellationToken)
        : authority.SignAsync(requestId, unit.MachineNumber, boardKey.CertificateRequest, reason: null, cancellationToken);

    private async Task<CertificatePack> ReissueAsync(RequestId requestId, Unit unit, BoardKey? boardKey, CancellationToken cancellationToken)
    {
        var reason = $"Certificate {unit.Attempt} of the unit is replaced at the factory.";
        try
        {
            return boardKey is null
                ? await authority.ReissueAsync(requestId, unit.MachineNumber, reason, cancellationToken)
                : await authority.SignAsync(requestId, unit.MachineNumber, boardKey.CertificateRequest, reason, cancellationToken);
        }
        catch (ProvisioningException cause) when (cause.Code is ErrorCode.NotFound or ErrorCode.RequestIdReused)
        {
            // What would be replaced is revoked already, so this is a first one again; the id is "reused" where that answer was lost. Nothing else is ever asked by it.
            return await IssueAsync(requestId, unit, boardKey, cancellationToken);
        }
    }

    private Task RenewRequestAsync(Unit unit, string why, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            var current = Unit.Find(connection, transaction, unit.MachineNumber);
            if (current is null || current.State != unit.State || current.CaRequest != unit.CaRequest)
                return; // another call was faster
            UnitEvents.Add(connection, transaction, unit.MachineNumber, unit.Attempt, UnitEvent.Expired, null, clock.StoredNow, why);
            current.Become(connection, transaction, current with { CaRequest = RequestId.New().ToString() });
        },
        cancellationToken);

    private Task<bool> StoreAsync(Unit unit, CheckedPack pack, RequestId requestId, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            var current = Unit.Find(connection, transaction, unit.MachineNumber);
            if (current is null || current.State != unit.State || current.CaRequest != unit.CaRequest)
            {
                // A second station's call for the same request was faster and stored the same pack, or a person has ended the unit.
                CertificateReturns.OweEnded(connection, transaction, unit.MachineNumber, unit.MachineNumber, clock.StoredNow);
                return false;
            }

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
