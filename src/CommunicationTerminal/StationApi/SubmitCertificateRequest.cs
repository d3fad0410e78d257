using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>
/// A station passes on the certificate request of a board that has made its own key (P-28), and gets the pack without a key. The same request again gives the same certificate; a board
/// that has made a new key meanwhile gets a new one. A pack that was in store for the unit is replaced, which revokes it. Refused for models whose
/// boards are not said to make their own keys: the terminal alone decides, and a station that asks unbidden is out of step with it.
/// </summary>
internal sealed class SubmitCertificateRequest(HandOver handOver, ChainStore chains, KeyProtection protection)
{
    /// <summary>Answers one station.</summary>
    public async Task<SubmitCertificateRequestResponse> HandleAsync(SubmitCertificateRequestRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        var boardKey = BoardKey.Read(request.CertificateRequest, request.MachineNumber);
        var (unit, certificate) = await handOver.TakeAsync(request.MachineNumber, peer.Name, boardKey, cancellationToken);
        return new SubmitCertificateRequestResponse(unit.Attempt, certificate.ToPack(request.MachineNumber, chains.Get(certificate.ChainId), protection));
    }
}
