using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>
/// Station → terminal: the check sheet of a unit, to be printed at the line (P-33). A printing is on record at the terminal before the answer leaves; the same <c>RequestId</c> again is the
/// same printing, so that an answer that was lost is asked for again by the id that was stored before.
/// </summary>
/// <param name="RequestId">The station's name for this printing.</param>
/// <param name="MachineNumber">Whose sheet.</param>
/// <param name="Language"><c>ja</c> or <c>en</c>; null for English.</param>
/// <param name="ReprintReason">Why it is printed once more, where the unit has a sheet already; null is refused then with <see cref="ErrorCode.Conflict"/>.</param>
public sealed record GetCheckSheetRequest(RequestId RequestId, MachineNumber MachineNumber, string? Language = null, string? ReprintReason = null) : ISoapMessage<GetCheckSheetRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "GetCheckSheet",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber),
        new SoapField(nameof(Language), SoapType.Text, Min: 0),
        new SoapField(nameof(ReprintReason), SoapType.Text, Min: 0));

    /// <inheritdoc/>
    public static GetCheckSheetRequest Read(SoapReader reader) => new(
        reader.RequestId(nameof(RequestId)),
        reader.MachineNumber(nameof(MachineNumber)),
        reader.OptionalText(nameof(Language)),
        reader.OptionalText(nameof(ReprintReason)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
        writer.WriteOptional(nameof(Language), Language);
        writer.WriteOptional(nameof(ReprintReason), ReprintReason);
    }
}

/// <summary>Terminal → station: the sheet.</summary>
/// <param name="Document">A PDF of one page, A4.</param>
public sealed record GetCheckSheetResponse(byte[] Document) : ISoapMessage<GetCheckSheetResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "GetCheckSheetResponse",
        new SoapField(nameof(Document), SoapType.Binary));

    /// <inheritdoc/>
    public static GetCheckSheetResponse Read(SoapReader reader) => new(reader.Binary(nameof(Document)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteBinary(nameof(Document), Document);
    }
}
