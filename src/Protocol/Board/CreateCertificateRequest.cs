using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>Station → board: make a key of your own and ask for a certificate with it (P-28). Asking again for the same number gives the same request until its certificate is written.</summary>
/// <param name="MachineNumber">What the board is to become.</param>
public sealed record CreateCertificateRequestRequest(MachineNumber MachineNumber) : ISoapMessage<CreateCertificateRequestRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "CreateCertificateRequest",
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber));

    /// <inheritdoc/>
    public static CreateCertificateRequestRequest Read(SoapReader reader) => new(reader.MachineNumber(nameof(MachineNumber)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer) => writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
}

/// <summary>Board → station: PKCS#10 (RFC 2986), DER. The private key stays on the board.</summary>
public sealed record CreateCertificateRequestResponse(byte[] CertificateRequest) : ISoapMessage<CreateCertificateRequestResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "CreateCertificateRequestResponse",
        new SoapField(nameof(CertificateRequest), SoapType.Binary));

    /// <inheritdoc/>
    public static CreateCertificateRequestResponse Read(SoapReader reader) => new(reader.Binary(nameof(CertificateRequest)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer) => writer.WriteBinary(nameof(CertificateRequest), CertificateRequest);
}
