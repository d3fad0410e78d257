using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CertificateAuthority;

/// <summary>Terminal → CA, station → terminal: the pack that every board gets on the board line (P-11).</summary>
public sealed record GetCommonCertificateRequest(RequestId RequestId) : ISoapMessage<GetCommonCertificateRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "GetCommonCertificate",
        new SoapField(nameof(RequestId), SoapType.Uuid));

    /// <inheritdoc/>
    public static GetCommonCertificateRequest Read(SoapReader reader) => new(reader.RequestId(nameof(RequestId)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
    }
}

/// <summary>The common certificate's pack, without a machine number.</summary>
public sealed record GetCommonCertificateResponse(RequestId RequestId, CertificatePack CertificatePack) : ISoapMessage<GetCommonCertificateResponse>, IKeyBearingMessage
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "GetCommonCertificateResponse",
        new SoapField(nameof(RequestId), SoapType.Uuid),
        new SoapField(nameof(CertificatePack), SoapType.CertificatePack));

    /// <inheritdoc/>
    public static GetCommonCertificateResponse Read(SoapReader reader) => new(
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
