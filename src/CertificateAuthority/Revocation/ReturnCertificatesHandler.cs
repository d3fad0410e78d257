using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary><c>ReturnCertificates</c>: packs that the factory will not use; their certificates are revoked. It is answered also while signing is stopped: what ends needs no signing key.</summary>
internal sealed partial class ReturnCertificatesHandler(ReturnStore store, ILogger<ReturnCertificatesHandler> logger)
{
    public async Task<ReturnCertificatesResponse> HandleAsync(ReturnCertificatesRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        IssuanceOrder.RequireDistinct(request.MachineNumbers);
        var order = new ReturnOrder(request.RequestId, peer.Name, request.MachineNumbers, request.Reason is { } reason ? IssuanceOrder.Shorten(reason) : null);
        var revoked = await store.ReturnAsync(order, cancellationToken);
        LogReturned(logger, order.RequestId.ToString(), order.MachineNumbers.Count, peer.Name, revoked);
        return new ReturnCertificatesResponse(order.RequestId, revoked);
    }

    [LoggerMessage(241, LogLevel.Information, "Request {RequestId}: {Count} machine numbers returned by terminal {Terminal}, {Revoked} certificates revoked")]
    private static partial void LogReturned(ILogger logger, string requestId, int count, string terminal, int revoked);
}
