using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CertificateAuthority;

/// <summary>Terminal → CA: a new certificate for a machine number whose earlier one could not be written (P-18). The earlier one is revoked.</summary>
public sealed record ReissueCertificateRequest(
    RequestId RequestId,
    MachineNumber MachineNumber,
    string Reason) : ISoapMessage<ReissueCertificateRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "ReissueCertificate",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber),
        new SoapField(nameof(Reason), SoapType.Text));

    /// <inheritdoc/>
    public static ReissueCertificateRequest Read(SoapReader reader) => new(
        reader.RequestId(nameof(RequestId)),
        reader.MachineNumber(nameof(MachineNumber)),
        reader.Text(nameof(Reason)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
        writer.WriteText(nameof(Reason), Reason);
    }
}

/// <summary>CA → terminal: the new pack.</summary>
public sealed record ReissueCertificateResponse(RequestId RequestId, CertificatePack CertificatePack) : ISoapMessage<ReissueCertificateResponse>, IKeyBearingMessage
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "ReissueCertificateResponse",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(CertificatePack), SoapType.CertificatePack));

    /// <inheritdoc/>
    public static ReissueCertificateResponse Read(SoapReader reader) => new(
        reader.RequestId(nameof(RequestId)),
        Protocol.CertificatePack.Read(reader));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
        CertificatePack.Write(writer);
    }

    /// <inheritdoc/>
    public void ClearKeys() => CertificatePack.ClearPrivateKey();
}
