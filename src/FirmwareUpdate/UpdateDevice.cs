using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>A device that can be updated: where its board answers, and who it has to be.</summary>
/// <param name="Key">What its updates are stored under: its machine number, also where it does not have it yet.</param>
/// <param name="Address">Of its SOAP over TLS, such as <c>https://192.0.2.7:7460</c>.</param>
/// <param name="Ftp">Of its FTP, with the network port of this machine that both paths leave through.</param>
/// <param name="Number">The machine number that it has to prove over TLS; null where the common certificate is all that it has (a board at a line station).</param>
public sealed record UpdateDevice(string Key, Uri Address, FtpEndpoint Ftp, MachineNumber? Number)
{
    /// <summary>The variation of its model.</summary>
    public UpdatePolicy Policy { get; init; } = new();
}
