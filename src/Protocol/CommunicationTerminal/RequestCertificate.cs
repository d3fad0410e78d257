using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol.CommunicationTerminal;

/// <summary>Station → terminal: the pack for the machine number just scanned (P-14). Asking again gives the same attempt and the same pack.</summary>
public sealed record RequestCertificateRequest(MachineNumber MachineNumber) : ISoapMessage<RequestCertificateRequest>
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "RequestCertificate",
        new SoapField(nameof(MachineNumber), SoapType.MachineNumber));

    /// <inheritdoc/>
    public static RequestCertificateRequest Read(SoapReader reader) => new(reader.MachineNumber(nameof(MachineNumber)));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteText(nameof(MachineNumber), MachineNumber.ToString());
    }
}

/// <summary>Terminal → station. <c>Attempt</c> counts from 1 and names this pack in every report.</summary>
public sealed record RequestCertificateResponse(int Attempt, CertificatePack CertificatePack) : ISoapMessage<RequestCertificateResponse>, IKeyBearingMessage
{
    /// <inheritdoc/>
    public static SoapElement Schema { get; } = new(
        "RequestCertificateResponse",
        new SoapField(nameof(Attempt), SoapType.Int),
        new SoapField(nameof(CertificatePack), SoapType.CertificatePack));

    /// <inheritdoc/>
    public static RequestCertificateResponse Read(SoapReader reader) => new(
        reader.Int(nameof(Attempt)),
        Protocol.CertificatePack.Read(reader));

    /// <inheritdoc/>
    public void Write(XmlWriter writer)
    {
        writer.WriteInt(nameof(Attempt), Attempt);
        CertificatePack.Write(writer);
    }

    /// <inheritdoc/>
    public void ClearKeys() => CertificatePack.ClearPrivateKey();
}
