using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>A station scanned a machine number and asks for its pack (P-14), with the key that the CA has made.</summary>
internal sealed class RequestCertificate(HandOver handOver, ChainStore chains, KeyProtection protection)
{
    /// <summary>Answers one station.</summary>
    public async Task<RequestCertificateResponse> HandleAsync(RequestCertificateRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        var (unit, certificate) = await handOver.TakeAsync(request.MachineNumber, peer.Name, null, cancellationToken);
        return new RequestCertificateResponse(unit.Attempt, certificate.ToPack(request.MachineNumber, chains.Get(certificate.ChainId), protection));
    }
}
