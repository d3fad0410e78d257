using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary><c>IssueCertificates</c>: the packs of a day's machine numbers (P-7, P-8).</summary>
internal sealed partial class IssueCertificatesHandler(CertificateIssuer issuer, ILogger<IssueCertificatesHandler> logger)
{
    public async Task<IssueCertificatesResponse> HandleAsync(IssueCertificatesRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        var order = new IssuanceOrder(request.RequestId, OrderKind.Issue, peer.Name, request.MachineNumbers);
        LogOrder(logger, order.RequestId.ToString(), order.MachineNumbers.Count, peer.Name);
        return new IssueCertificatesResponse(order.RequestId, await issuer.IssueAsync(order, cancellationToken));
    }

    [LoggerMessage(200, LogLevel.Information, "Request {RequestId}: {Count} certificates for terminal {Terminal}")]
    private static partial void LogOrder(ILogger logger, string requestId, int count, string terminal);
}
