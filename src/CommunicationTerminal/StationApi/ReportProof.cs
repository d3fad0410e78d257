using System.Data.Common;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>
/// The board answered a TLS handshake with its new certificate (P-27). Any line may say so, because the board may have moved on to another one after the write; a proof can
/// undo nothing. Repeating it changes nothing. The key has served its purpose: it goes in the same transaction, as the setting says (P-20).
/// </summary>
internal sealed class ReportProof(Database database, UnitRefusals refusals, StoreOptions options, FactoryClock clock)
{
    /// <summary>Answers one station.</summary>
    public async Task<ReportProofResponse> HandleAsync(ReportProofRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeProofStored);
        await database.WriteTogetherAsync((connection, transaction) => Record(connection, transaction, request, peer.Name), cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterProofStored);
        return new ReportProofResponse();
    }

    private void Record(DbConnection connection, DbTransaction transaction, ReportProofRequest request, string line)
    {
        var unit = Unit.Find(connection, transaction, request.MachineNumber) ?? throw refusals.Unknown(request.MachineNumber);
        if (request.Attempt != unit.Attempt || StoredCertificate.Find(connection, transaction, request.MachineNumber, unit.Attempt) is not { } certificate)
            throw UnitRefusals.WrongAttempt(unit, request.Attempt);
        if (request.CertificateFingerprint is { } proved && proved.ToString() != certificate.Fingerprint)
            throw new ProvisioningException(ErrorCode.ProofFailed, $"{unit.Number} proved certificate {proved}. Its current one is {certificate.Fingerprint}.");
        if (unit.State == UnitState.Proved)
            return;
        if (unit.State != UnitState.Written)
            throw UnitRefusals.OutOfPlace(unit, "report the write before its proof");
        var now = clock.StoredNow;
        unit.Become(connection, transaction, unit with { State = UnitState.Proved, ProvedAt = now });
        UnitEvents.Add(connection, transaction, request.MachineNumber, unit.Attempt, UnitEvent.Proved, line, now, certificate.Fingerprint);
        ProvedPack.Settle(connection, transaction, options.AfterProof, request.MachineNumber, unit.Attempt);
    }
}
