using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>Station → terminal: the board has received the pack (P-16).</summary>
public sealed record ReportReceiptRequest(MachineNumber MachineNumber, int Attempt) : ISoapMessage<ReportReceiptRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "ReportReceipt",
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber),
        new SoapField(nameof(Attempt), SoapType.Int));

    /// <inheritdoc/>
    public static ReportReceiptRequest Read(SoapReader reader) => new(
        reader.MachineNumber(nameof(MachineNumber)),
        reader.Int(nameof(Attempt)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
        writer.WriteInt(nameof(Attempt), Attempt);
    }
}

/// <summary>Terminal → station: recorded.</summary>
public sealed record ReportReceiptResponse() : ISoapMessage<ReportReceiptResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("ReportReceiptResponse");

    /// <inheritdoc/>
    public static ReportReceiptResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}
