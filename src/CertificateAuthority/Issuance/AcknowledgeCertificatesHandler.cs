using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary><c>AcknowledgeCertificates</c>: the terminal has stored the packs; from now on the CA holds none of their private keys.</summary>
internal sealed partial class AcknowledgeCertificatesHandler(IssuanceStore store, ILogger<AcknowledgeCertificatesHandler> logger)
{
    public async Task<AcknowledgeCertificatesResponse> HandleAsync(AcknowledgeCertificatesRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        KillPoint.Reached(CertificateAuthorityKillPoints.BeforeAcknowledge);
        await store.AcknowledgeAsync(request.RequestId, peer.Name, cancellationToken);
        KillPoint.Reached(CertificateAuthorityKillPoints.AfterAcknowledge);
        LogAcknowledged(logger, request.RequestId.ToString(), peer.Name);
        return new AcknowledgeCertificatesResponse();
    }

    [LoggerMessage(201, LogLevel.Information, "Request {RequestId}: acknowledged by terminal {Terminal}, private keys emptied")]
    private static partial void LogAcknowledged(ILogger logger, string requestId, string terminal);
}
