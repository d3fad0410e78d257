using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CertificateAuthority;

/// <summary>Terminal → CA: the packs of the request are stored; the CA wipes the private keys. Repeating it changes nothing.</summary>
public sealed record AcknowledgeCertificatesRequest(RequestId RequestId) : ISoapMessage<AcknowledgeCertificatesRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "AcknowledgeCertificates",
        new SoapField(nameof(RequestId), SoapType.Uuid));

    /// <inheritdoc/>
    public static AcknowledgeCertificatesRequest Read(SoapReader reader) => new(reader.RequestId(nameof(RequestId)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(RequestId), RequestId.ToString());
    }
}

/// <summary>CA → terminal: the keys are gone.</summary>
public sealed record AcknowledgeCertificatesResponse() : ISoapMessage<AcknowledgeCertificatesResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("AcknowledgeCertificatesResponse");

    /// <inheritdoc/>
    public static AcknowledgeCertificatesResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}
