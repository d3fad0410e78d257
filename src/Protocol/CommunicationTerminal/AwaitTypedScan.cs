using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>Station → terminal: waits for a machine number that a person types at the terminal for this line (P-21).</summary>
/// <param name="After">The last one that the station has had, 0 before the first.</param>
/// <param name="WaitSeconds">How long to wait for the next, 0 to <see cref="MaxWaitSeconds"/>.</param>
public sealed record AwaitTypedScanRequest(int After, int WaitSeconds) : ISoapMessage<AwaitTypedScanRequest>
{
    /// <summary>The longest wait.</summary>
    public const int MaxWaitSeconds = 60;

    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "AwaitTypedScan",
        new SoapField(nameof(After), SoapType.Int),
        new SoapField(nameof(WaitSeconds), SoapType.Int));

    /// <inheritdoc/>
    public static AwaitTypedScanRequest Read(SoapReader reader) => new(reader.Int(nameof(After)), reader.Int(nameof(WaitSeconds)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteInt(nameof(After), After);
        writer.WriteInt(nameof(WaitSeconds), WaitSeconds);
    }
}

/// <summary>Terminal → station. Without <c>MachineNumber</c> nothing was typed in that time, and <c>TypedScan</c> is what the station said. One that it has had already is not a new one.</summary>
public sealed record AwaitTypedScanResponse(int TypedScan, MachineNumber? MachineNumber) : ISoapMessage<AwaitTypedScanResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "AwaitTypedScanResponse",
        new SoapField(nameof(TypedScan), SoapType.Int),
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber, Min: 0));

    /// <inheritdoc/>
    public static AwaitTypedScanResponse Read(SoapReader reader) => new(
        reader.Int(nameof(TypedScan)),
        reader.IsNext(nameof(MachineNumber)) ? reader.MachineNumber(nameof(MachineNumber)) : null);

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteInt(nameof(TypedScan), TypedScan);
        writer.WriteOptional(nameof(MachineNumber), MachineNumber?.ToString());
    }
}
