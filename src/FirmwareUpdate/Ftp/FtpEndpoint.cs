using System.Net;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>Where an FTP server is: its address and TCP port, and the network port of this machine through which both kinds of connection leave (P-3).</summary>
public sealed record FtpEndpoint(IPEndPoint Address, NetworkPort Port)
{
    /// <summary>The address as messages show it.</summary>
    public override string ToString() => Address.ToString();
}
