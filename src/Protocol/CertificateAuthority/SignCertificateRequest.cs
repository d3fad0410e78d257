using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CertificateAuthority;

/// <summary>Terminal → CA: a certificate for a key that the board has made itself (P-28). The private key never leaves the board.</summary>
/// <param name="RequestId">The caller's name for the request.</param>
/// <param name="MachineNumber">Whose certificate it becomes.</param>
/// <param name="CertificateRequest">PKCS#10, DER.</param>
/// <param name="Reason">Why the number gets a new certificate in place of its valid one; absent in the request for its first.</param>
public sealed record SignCertificateRequestRequest(
    RequestId RequestId,
    MachineNumber MachineNumber,
    byte[] CertificateRequest,
    string? Reason = null) : ISoapMessage<SignCertificateRequestRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "SignCertificateRequest",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber),
        new SoapField(nameof(CertificateRequest), SoapType.Binary),
        new SoapField(nameof(Reason), SoapType.Text, Min: 0));

    /// <inheritdoc/>
    public static SignCertificateRequestRequest Read(SoapReader reader) => new(
        reader.RequestId(nameof(RequestId)),
        reader.MachineNumber(nameof(MachineNumber)),
        reader.Binary(nameof(CertificateRequest)),
        reader.OptionalText(nameof(Reason)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
        writer.WriteBinary(nameof(CertificateRequest), CertificateRequest);
        writer.WriteOptional(nameof(Reason), Reason);
    }
}

/// <summary>CA → terminal: the pack, without a private key.</summary>
public sealed record SignCertificateRequestResponse(RequestId RequestId, CertificatePack CertificatePack) : ISoapMessage<SignCertificateRequestResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "SignCertificateRequestResponse",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(CertificatePack), SoapType.CertificatePack));

    /// <inheritdoc/>
    public static SignCertificateRequestResponse Read(SoapReader reader) => new(
        reader.RequestId(nameof(RequestId)),
        Protocol.CertificatePack.Read(reader));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
        CertificatePack.Write(writer);
    }
}
