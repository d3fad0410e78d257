using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>Station → terminal: the certificate request of a board that has made its own key (P-28). Asking again gives the same attempt and the same certificate.</summary>
/// <param name="MachineNumber">Whose certificate it becomes.</param>
/// <param name="CertificateRequest">PKCS#10, DER.</param>
public sealed record SubmitCertificateRequestRequest(MachineNumber MachineNumber, byte[] CertificateRequest) : ISoapMessage<SubmitCertificateRequestRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "SubmitCertificateRequest",
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber),
        new SoapField(nameof(CertificateRequest), SoapType.Binary));

    /// <inheritdoc/>
    public static SubmitCertificateRequestRequest Read(SoapReader reader) => new(
        reader.MachineNumber(nameof(MachineNumber)),
        reader.Binary(nameof(CertificateRequest)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
        writer.WriteBinary(nameof(CertificateRequest), CertificateRequest);
    }
}

/// <summary>Terminal → station: the pack, without a private key. <c>Attempt</c> names it in every report.</summary>
public sealed record SubmitCertificateRequestResponse(int Attempt, CertificatePack CertificatePack) : ISoapMessage<SubmitCertificateRequestResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "SubmitCertificateRequestResponse",
        new SoapField(nameof(Attempt), SoapType.Int),
        new SoapField(nameof(CertificatePack), SoapType.CertificatePack));

    /// <inheritdoc/>
    public static SubmitCertificateRequestResponse Read(SoapReader reader) => new(
        reader.Int(nameof(Attempt)),
        Protocol.CertificatePack.Read(reader));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteInt(nameof(Attempt), Attempt);
        CertificatePack.Write(writer);
    }
}
