using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>Station → terminal: what the board said after writing and reading back (P-16).</summary>
public sealed record ReportWriteResultRequest(
    MachineNumber MachineNumber,
    int Attempt,
    bool Succeeded,
    string Detail,
    Fingerprint? CertificateFingerprint,
    string? FirmwareVersion) : ISoapMessage<ReportWriteResultRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "ReportWriteResult",
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber),
        new SoapField(nameof(Attempt), SoapType.Int),
        new SoapField(nameof(Succeeded), SoapType.Boolean),
        new SoapField(nameof(Detail), SoapType.Text),
        new SoapField(nameof(CertificateFingerprint), SoapType.Fingerprint, Min: 0),
        new SoapField(nameof(FirmwareVersion), SoapType.Text, Min: 0));

    /// <inheritdoc/>
    public static ReportWriteResultRequest Read(SoapReader reader) => new(
        reader.MachineNumber(nameof(MachineNumber)),
        reader.Int(nameof(Attempt)),
        reader.Boolean(nameof(Succeeded)),
        reader.Text(nameof(Detail)),
        reader.OptionalFingerprint(nameof(CertificateFingerprint)),
        reader.OptionalText(nameof(FirmwareVersion)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
        writer.WriteInt(nameof(Attempt), Attempt);
        writer.WriteBoolean(nameof(Succeeded), Succeeded);
        writer.WriteText(nameof(Detail), Detail);
        writer.WriteOptional(nameof(CertificateFingerprint), CertificateFingerprint?.ToString());
        writer.WriteOptional(nameof(FirmwareVersion), FirmwareVersion);
    }
}

/// <summary>Terminal → station: recorded, and what to do next (P-17 … P-19).</summary>
public sealed record ReportWriteResultResponse(NextStep Next) : ISoapMessage<ReportWriteResultResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "ReportWriteResultResponse",
        SoapField.OneOf<NextStep>(nameof(Next)));

    /// <inheritdoc/>
    public static ReportWriteResultResponse Read(SoapReader reader) => new(reader.OneOf<NextStep>(nameof(Next)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(Next), Next.ToString());
    }
}

/// <summary>What the station does after a reported result.</summary>
public enum NextStep
{
    /// <summary>The written flag is set; acknowledge the result to the board.</summary>
    Finished,

    /// <summary>A new certificate is waiting: request it and write again.</summary>
    Retry,

    /// <summary>Too many attempts; a person has to decide.</summary>
    Blocked,
}
