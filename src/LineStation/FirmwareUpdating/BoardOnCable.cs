using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.LineStation.FirmwareUpdating;

/// <summary>The one device that can be updated here: the board on the cable, under the number that was scanned for it.</summary>
internal sealed class BoardOnCable(Uri address, FtpEndpoint ftp)
{
    /// <summary>
    /// Boards take each other's place on the cable. Forbidding does no harm to one that has no password of this station; an overwriting password would open another one's port, so this line never sends one.
    /// </summary>
    private static readonly UpdatePolicy Policy = new() { Erase = EraseMethod.Forbid };

    private UpdateDevice? _device;

    /// <summary>Where its FTP is.</summary>
    public FtpEndpoint Ftp => ftp;

    /// <summary>Says who is there.</summary>
    /// <param name="scanned">For whom the board is.</param>
    /// <param name="role">What it proved to be: with <see cref="Role.Device"/> it has to prove the number at every call, with <see cref="Role.Board"/> it has none yet.</param>
    public void Set(MachineNumber scanned, Role role) => _device = new UpdateDevice(scanned.ToString(), address, ftp, role == Role.Device ? scanned : null) { Policy = Policy };

    /// <summary>The device, if it is the one on the cable.</summary>
    public UpdateDevice? Find(string key) => _device is { } device && device.Key == key ? device : null;
}
