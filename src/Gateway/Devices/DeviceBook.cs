using System.Net;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Gateway.Updates;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Gateway.Devices;

/// <summary>The devices that this gateway knows, by machine number.</summary>
internal sealed class DeviceBook(DevicesOptions devices, UpdatesOptions updates)
{
    private readonly Dictionary<string, UpdateDevice> _devices = devices.Known.Select(known => ToDevice(known, updates)).ToDictionary(device => device.Key, StringComparer.Ordinal);

    /// <summary>One device; null where it is not known.</summary>
    public UpdateDevice? Find(string key) => _devices.GetValueOrDefault(key);

    /// <summary>One device.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public UpdateDevice Get(MachineNumber number) =>
        Find(number.ToString()) ?? throw new ProvisioningException(ErrorCode.NotFound, $"This gateway knows no device {number}. Add it with its address to section Devices of its configuration, and start the gateway again.");

    private static UpdateDevice ToDevice(KnownDevice known, UpdatesOptions updates)
    {
        var number = MachineNumber.Parse(known.MachineNumber);
        var endpoint = new FtpEndpoint(new IPEndPoint(IPAddress.Parse(known.Address!.DnsSafeHost), known.FtpPort), NetworkPort.Any);
        return new UpdateDevice(number.ToString(), known.Address, endpoint, number) { Policy = updates.PolicyOf(number.Model) };
    }
}
