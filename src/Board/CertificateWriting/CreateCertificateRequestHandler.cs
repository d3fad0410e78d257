using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.CertificateWriting;

/// <summary>The board makes its own key (P-28): it is in flash, under the device key, before the request is answered.</summary>
internal sealed class CreateCertificateRequestHandler(BoardContent content, PackWriter writer)
{
    /// <summary>The open request for the number, or a new one.</summary>
    public Task<CreateCertificateRequestResponse> HandleAsync(CreateCertificateRequestRequest request, PeerIdentity peer, CancellationToken cancellationToken)
    {
        if ((content.MachineNumber ?? content.Own?.MachineNumber) is { } mine && mine != request.MachineNumber)
            throw new ProvisioningException(ErrorCode.WrongBoard, $"This board is {mine}. It does not ask for a certificate of {request.MachineNumber}.");
        return Task.FromResult(new CreateCertificateRequestResponse(writer.Request(request.MachineNumber)));
    }
}
