using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Gateway;

/// <summary>Board → gateway: somebody at the board's control panel asks for an update (U-14). Asked again while one is under way, it is the same one.</summary>
public sealed record BeginUpdateRequest(MachineNumber MachineNumber) : ISoapMessage<BeginUpdateRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "BeginUpdate",
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber));

    /// <inheritdoc/>
    public static BeginUpdateRequest Read(SoapReader reader) => new(reader.MachineNumber(nameof(MachineNumber)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
    }
}

/// <summary>Gateway → board: it is stored and will be done.</summary>
public sealed record BeginUpdateResponse() : ISoapMessage<BeginUpdateResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("BeginUpdateResponse");

    /// <inheritdoc/>
    public static BeginUpdateResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}
