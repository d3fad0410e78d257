using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.CertificateWriting;

/// <summary>Who are you?</summary>
internal sealed class GetDeviceInformationHandler(BoardContent content, RunningFirmware firmware)
{
    /// <summary>Answers with what is in the memories now.</summary>
    public Task<GetDeviceInformationResponse> HandleAsync(GetDeviceInformationRequest request, PeerIdentity peer, CancellationToken cancellationToken) =>
        Task.FromResult(new GetDeviceInformationResponse(
            content.Faults.WrongNumber ?? content.MachineNumber,
            firmware.Version,
            content.Common?.Fingerprint,
            content.Own?.Fingerprint,
            content.State));
}
