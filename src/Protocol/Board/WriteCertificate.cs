using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.Board;

/// <summary>Station → board: the unit's own pack (P-15). The same pack again is received again.</summary>
public sealed record WriteCertificateRequest(CertificatePack CertificatePack) : ISoapMessage<WriteCertificateRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "WriteCertificate",
        new SoapField(nameof(CertificatePack), SoapType.CertificatePack));

    /// <inheritdoc/>
    public static WriteCertificateRequest Read(SoapReader reader) => new(Protocol.CertificatePack.Read(reader));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        CertificatePack.Write(writer);
    }
}

/// <summary>Board → station: the receipt (P-16); the result follows by <c>GetWriteResult</c>.</summary>
public sealed record WriteCertificateResponse() : ISoapMessage<WriteCertificateResponse>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new("WriteCertificateResponse");

    /// <inheritdoc/>
    public static WriteCertificateResponse Read(SoapReader reader) => new();

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
    }
}
