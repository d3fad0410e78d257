using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>Station → terminal: what is known of a machine number, asked when another line may have begun the work.</summary>
public sealed record GetUnitRequest(MachineNumber MachineNumber) : ISoapMessage<GetUnitRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "GetUnit",
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber));

    /// <inheritdoc/>
    public static GetUnitRequest Read(SoapReader reader) => new(reader.MachineNumber(nameof(MachineNumber)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
    }
}

/// <summary>Terminal → station. <c>Line</c> and <c>WrittenAt</c> are absent until a line has begun or written.</summary>
public sealed record GetUnitResponse(
    CertificateState State,
    int Attempt,
    Fingerprint? CertificateFingerprint,
    string? Line,
    DateTimeOffset? WrittenAt) : ISoapMessage<GetUnitResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "GetUnitResponse",
        SoapField.OneOf<CertificateState>(nameof(State)),
        new SoapField(nameof(Attempt), SoapType.Int),
        new SoapField(nameof(CertificateFingerprint), SoapType.Fingerprint, Min: 0),
        new SoapField(nameof(Line), SoapType.Text, Min: 0),
        new SoapField(nameof(WrittenAt), SoapType.DateTime, Min: 0));

    /// <inheritdoc/>
    public static GetUnitResponse Read(SoapReader reader) => new(
        reader.OneOf<CertificateState>(nameof(State)),
        reader.Int(nameof(Attempt)),
        reader.OptionalFingerprint(nameof(CertificateFingerprint)),
        reader.OptionalText(nameof(Line)),
        reader.OptionalTime(nameof(WrittenAt)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(State), State.ToString());
        writer.WriteInt(nameof(Attempt), Attempt);
        writer.WriteOptional(nameof(CertificateFingerprint), CertificateFingerprint?.ToString());
        writer.WriteOptional(nameof(Line), Line);
        writer.WriteOptionalTime(nameof(WrittenAt), WrittenAt);
    }
}
