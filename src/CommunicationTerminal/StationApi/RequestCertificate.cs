using System.Data.Common;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>
/// A station scanned a machine number and asks for its pack (P-14). From now on the unit is in that line's hands, also where another line had begun. Asking again gives the
/// same attempt and the same pack; another line never gets it, because a board of the first line may hold it already: a new certificate is ordered, which revokes that one.
/// A certificate that is still owed by the CA is fetched first; one that the CA has revoked is never handed over, and replaced also where it was written.
/// </summary>
internal sealed class RequestCertificate(
    Database database,
    SingleIssue single,
    ChainStore chains,
    KeyProtection protection,
    UnitRefusals refusals,
    FactoryClock clock)
{
    private const int MaxRounds = 3;

    /// <summary>Answers one station.</summary>
    public async Task<RequestCertificateResponse> HandleAsync(RequestCertificateRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            KillPoint.Reached(CommunicationTerminalKillPoints.BeforeHandOver);
            var (unit, certificate) = await database.WriteAsync(
                (connection, transaction) => TakeInHand(connection, transaction, request.MachineNumber, peer.Name, mayTakeOver: round == 0),
                cancellationToken);
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterHandOver);
            if (certificate is not null)
                return new RequestCertificateResponse(unit.Attempt, certificate.ToPack(request.MachineNumber, chains.Get(certificate.ChainId), protection));
            await single.CompleteAsync(unit, cancellationToken);
        }

        throw new ProvisioningException(ErrorCode.Conflict, $"{request.MachineNumber} is being worked on by others. Scan it again.");
    }

    // The certificate is null where the CA still owes it: then the request's id is in the unit's row.
    private (Unit Unit, StoredCertificate? Certificate) TakeInHand(DbConnection connection, DbTransaction transaction, MachineNumber number, string line, bool mayTakeOver)
    {
        var unit = Unit.Find(connection, transaction, number) ?? throw refusals.Unknown(number);
        var certificate = StoredCertificate.Find(connection, transaction, number, unit.Attempt);
        var isExpired = certificate?.Outcome == StoredCertificate.Expired;
        switch (unit.State)
        {
            case UnitState.Planned when !unit.AtScan:
                throw UnitRefusals.NotYet(unit);
            case UnitState.Written or UnitState.Proved when !isExpired:
                throw refusals.AlreadyWritten(unit);
            case UnitState.Blocked:
                throw UnitRefusals.Blocked(unit);
        }

        if (unit.PlanLine is not null && unit.PlanLine != line)
            throw UnitRefusals.PlannedElsewhere(unit);
        if (unit.Line != line)
        {
            if (!mayTakeOver)
                throw UnitRefusals.HeldElsewhere(unit); // it was taken over while the CA was asked
            var what = unit.Line is null ? UnitEvent.HandedOver : UnitEvent.TakenOver;
            UnitEvents.Add(connection, transaction, number, unit.Attempt, what, line, clock.StoredNow, unit.Line is null ? null : $"from line {unit.Line}");
            unit = unit.Become(connection, transaction, unit.Line is not null && unit.State == UnitState.Stored
                ? unit with { Line = line, State = UnitState.ReissuePending, CaRequest = RequestId.New().ToString() }
                : unit with { Line = line });
        }

        if (isExpired && unit.State is UnitState.Stored or UnitState.Written or UnitState.Proved)
        {
            UnitEvents.Add(connection, transaction, number, unit.Attempt, UnitEvent.Expired, line, clock.StoredNow, "Scanned again; a new certificate is ordered.");
            unit = unit.Become(connection, transaction, unit with { State = UnitState.ReissuePending, CaRequest = RequestId.New().ToString(), WrittenAt = null, ProvedAt = null });
        }

        if (unit.State == UnitState.Planned && unit.CaRequest is null)
            unit = unit.Become(connection, transaction, unit with { CaRequest = RequestId.New().ToString() });
        return (unit, unit.State == UnitState.Stored ? certificate : null);
    }
}
