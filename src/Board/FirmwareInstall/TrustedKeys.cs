using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>The keys that this board takes images from: what assembly put beside the boot loader, and nothing else.</summary>
/// <param name="All">None where assembly gave none, and then no image is ever accepted.</param>
internal sealed record TrustedKeys(IReadOnlyList<FirmwareKey> All)
{
    /// <summary>Reads them.</summary>
    /// <exception cref="ConfigurationException">The file is there and can't be used.</exception>
    public static TrustedKeys Read(MemoryMap map) => new(File.Exists(map.FirmwareKeys) ? FirmwareKeyFile.Read(map.FirmwareKeys, "The keys that this board trusts") : []);
}
