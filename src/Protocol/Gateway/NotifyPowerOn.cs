using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Gateway;

/// <summary>Board → gateway: it has started (U-8). Lost, it is found out by asking; doubled, it says nothing new.</summary>
/// <param name="MachineNumber">Who started.</param>
/// <param name="FirmwareVersion">What it says it runs; only the version that is read back over FTP decides (U-9).</param>
public sealed record NotifyPowerOnRequest(MachineNumber MachineNumber, string FirmwareVersion) : ISoapMessage<NotifyPowerOnRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "NotifyPowerOn",
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber),
        new SoapField(nameof(FirmwareVersion), SoapType.Text));

    /// <inheritdoc/>
    public static NotifyPowerOnRequest Read(SoapReader reader) => new(
        reader.MachineNumber(nameof(MachineNumber)),
        reader.Text(nameof(FirmwareVersion)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
        writer.WriteText(nameof(FirmwareVersion), FirmwareVersion);
    }
}

/// <summary>Gateway → board: noted.</summary>
public sealed record NotifyPowerOnResponse() : ISoapMessage<NotifyPowerOnResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("NotifyPowerOnResponse");

    /// <inheritdoc/>
    public static NotifyPowerOnResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}
