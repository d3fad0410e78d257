using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>The board has received the pack (P-16). A receipt that comes again, or late, changes nothing.</summary>
internal sealed class ReportReceipt(Database database, UnitRefusals refusals, FactoryClock clock)
{
    /// <summary>Answers one station.</summary>
    public async Task<ReportReceiptResponse> HandleAsync(ReportReceiptRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeReceiptStored);
        await database.WriteTogetherAsync(
            (connection, transaction) =>
            {
                var unit = Unit.Find(connection, transaction, request.MachineNumber) ?? throw refusals.Unknown(request.MachineNumber);
                if (unit.Line != peer.Name)
                    throw UnitRefusals.HeldElsewhere(unit);
                if (StoredCertificate.Find(connection, transaction, request.MachineNumber, request.Attempt) is not { } certificate)
                    throw UnitRefusals.WrongAttempt(unit, request.Attempt);
                if (certificate.ReceivedAt is not null || request.Attempt != unit.Attempt)
                    return;
                var now = clock.StoredNow;
                StoredCertificate.MarkReceived(connection, transaction, request.MachineNumber, request.Attempt, now);
                UnitEvents.Add(connection, transaction, request.MachineNumber, request.Attempt, UnitEvent.Received, peer.Name, now);
            },
            cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterReceiptStored);
        return new ReportReceiptResponse();
    }
}
