using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>Station → terminal: the board answered a TLS handshake with this certificate (P-27). Repeating it changes nothing.</summary>
public sealed record ReportProofRequest(
    MachineNumber MachineNumber,
    int Attempt,
    Fingerprint? CertificateFingerprint) : ISoapMessage<ReportProofRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "ReportProof",
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber),
        new SoapField(nameof(Attempt), SoapType.Int),
        new SoapField(nameof(CertificateFingerprint), SoapType.Fingerprint, Min: 0));

    /// <inheritdoc/>
    public static ReportProofRequest Read(SoapReader reader) => new(
        reader.MachineNumber(nameof(MachineNumber)),
        reader.Int(nameof(Attempt)),
        reader.OptionalFingerprint(nameof(CertificateFingerprint)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
        writer.WriteInt(nameof(Attempt), Attempt);
        writer.WriteOptional(nameof(CertificateFingerprint), CertificateFingerprint?.ToString());
    }
}

/// <summary>Terminal → station: recorded.</summary>
public sealed record ReportProofResponse() : ISoapMessage<ReportProofResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("ReportProofResponse");

    /// <inheritdoc/>
    public static ReportProofResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}
