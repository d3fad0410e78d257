using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.Enrollment;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary><c>SignCertificateRequest</c>: a certificate for a key that the board has made itself (P-28); with a reason, in place of its valid one.</summary>
internal sealed partial class SignCertificateRequestHandler(CertificateIssuer issuer, RequestedKeys keys, ILogger<SignCertificateRequestHandler> logger)
{
    public async Task<SignCertificateRequestResponse> HandleAsync(SignCertificateRequestRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        var certificateRequest = CertificationRequest.Read(request.CertificateRequest);
        certificateRequest.Subject.RequireNothingElseThan(request.MachineNumber);
        keys.Require(certificateRequest.PublicKey, request.MachineNumber.Model);
        var reason = request.Reason is null ? null : IssuanceOrder.Shorten(request.Reason);
        var order = new IssuanceOrder(request.RequestId, reason is null ? OrderKind.Sign : OrderKind.Resign, peer.Name, [request.MachineNumber], reason)
        {
            PublicKey = certificateRequest.PublicKey.SubjectPublicKeyInfo,
        };
        LogSign(logger, order.RequestId.ToString(), request.MachineNumber.ToString(), certificateRequest.PublicKey.Name, peer.Name, reason ?? "first certificate");
        return new SignCertificateRequestResponse(order.RequestId, await issuer.IssueOneAsync(order, cancellationToken));
    }

    [LoggerMessage(203, LogLevel.Information, "Request {RequestId}: certificate for the {Key} key of {MachineNumber} asked by terminal {Terminal}: {Reason}")]
    private static partial void LogSign(ILogger logger, string requestId, string machineNumber, string key, string terminal, string reason);
}
