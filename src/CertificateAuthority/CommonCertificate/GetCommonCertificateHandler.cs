using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CertificateAuthority.CommonCertificate;

/// <summary><c>GetCommonCertificate</c>: the pack that every board gets on the board line (P-11).</summary>
internal sealed class GetCommonCertificateHandler(CommonPack common)
{
    public Task<GetCommonCertificateResponse> HandleAsync(GetCommonCertificateRequest request, PeerIdentity peer, CancellationToken cancellationToken) =>
        Task.FromResult(new GetCommonCertificateResponse(request.RequestId, common.Open()));
}
