using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>Station → board: the common certificate (P-11). Only a board that has none takes it, and then over TLS without a client certificate.</summary>
public sealed record WriteCommonCertificateRequest(CertificatePack CertificatePack) : ISoapMessage<WriteCommonCertificateRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "WriteCommonCertificate",
        new SoapField(nameof(CertificatePack), SoapType.CertificatePack));

    /// <inheritdoc/>
    public static WriteCommonCertificateRequest Read(SoapReader reader) => new(Protocol.CertificatePack.Read(reader));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        CertificatePack.Write(writer);
    }
}

/// <summary>Board → station: received; the result follows by <c>GetWriteResult</c>.</summary>
public sealed record WriteCommonCertificateResponse() : ISoapMessage<WriteCommonCertificateResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("WriteCommonCertificateResponse");

    /// <inheritdoc/>
    public static WriteCommonCertificateResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}
