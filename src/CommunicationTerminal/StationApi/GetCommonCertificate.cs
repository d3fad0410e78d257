using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>The pack that every board gets on the board line (P-11).</summary>
internal sealed class GetCommonCertificate(CommonCertificateStore store)
{
    /// <summary>Answers one station; asks the CA only where the terminal has none yet.</summary>
    public async Task<GetCommonCertificateResponse> HandleAsync(GetCommonCertificateRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        var pack = store.Find();
        if (pack is null)
        {
            await store.FetchAsync(cancellationToken);
            pack = store.Find()!;
        }

        return new GetCommonCertificateResponse(request.RequestId, pack);
    }
}
