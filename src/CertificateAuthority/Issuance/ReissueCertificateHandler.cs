using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary><c>ReissueCertificate</c>: a new certificate for a machine number whose earlier one could not be written (P-18); the earlier one is superseded.</summary>
internal sealed partial class ReissueCertificateHandler(CertificateIssuer issuer, ILogger<ReissueCertificateHandler> logger)
{
    public async Task<ReissueCertificateResponse> HandleAsync(ReissueCertificateRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        var reason = IssuanceOrder.Shorten(request.Reason);
        var order = new IssuanceOrder(request.RequestId, OrderKind.Reissue, peer.Name, [request.MachineNumber], reason);
        LogReissue(logger, order.RequestId.ToString(), request.MachineNumber.ToString(), peer.Name, reason);
        return new ReissueCertificateResponse(order.RequestId, await issuer.IssueOneAsync(order, cancellationToken));
    }

    [LoggerMessage(202, LogLevel.Information, "Request {RequestId}: re-issue for {MachineNumber} asked by terminal {Terminal}: {Reason}")]
    private static partial void LogReissue(ILogger logger, string requestId, string machineNumber, string terminal, string reason);
}
