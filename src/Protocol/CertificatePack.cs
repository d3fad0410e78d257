using System.Security.Cryptography;
using System.Xml;
using ProvisioningStation.Protocol.Soap;

namespace ProvisioningStation.Protocol;

/// <summary>
/// What one board gets: the trust anchor, the issuing CAs below it, its own certificate and that certificate's private key.
/// All values are DER; the key is PKCS#8 and absent where the board made its own.
/// </summary>
/// <param name="MachineNumber">Whose pack it is; null in the common certificate's pack, which belongs to no machine.</param>
/// <param name="RootCertificate">The trust anchor.</param>
/// <param name="IssuingCertificates">From the certificate's issuer upwards, without the root.</param>
/// <param name="ClientCertificate">The certificate itself.</param>
/// <param name="PrivateKey">PKCS#8. Whoever is done with it calls <see cref="ClearPrivateKey"/>.</param>
public sealed record CertificatePack(
    MachineNumber? MachineNumber,
    byte[] RootCertificate,
    IReadOnlyList<byte[]> IssuingCertificates,
    byte[] ClientCertificate,
    byte[]? PrivateKey)
{
    /// <summary>The fields of the wire's complex type.</summary>
    public static IReadOnlyList<SoapField> Fields { get; } =
    [
        new(nameof(MachineNumber), SoapType.MachineNumber, Min: 0),
        new("RootCertificate", SoapType.Binary),
        new("IssuingCertificate", SoapType.Binary, Min: 0, Max: null),
        new("ClientCertificate", SoapType.Binary),
        new("PrivateKey", SoapType.Binary, Min: 0),
    ];

    /// <summary>The fingerprint of <see cref="ClientCertificate"/>.</summary>
    public Fingerprint Fingerprint => Fingerprint.Of(ClientCertificate);

    /// <summary>Writes the element.</summary>
    public void Write(XmlWriter writer)
    {
        writer.WriteStartElement(nameof(CertificatePack), SoapEnvelope.Namespace);
        if (MachineNumber is { } machineNumber)
            writer.WriteElementString(nameof(MachineNumber), SoapEnvelope.Namespace, machineNumber.ToString());
        writer.WriteBinary("RootCertificate", RootCertificate);
        foreach (var certificate in IssuingCertificates)
            writer.WriteBinary("IssuingCertificate", certificate);
        writer.WriteBinary("ClientCertificate", ClientCertificate);
        if (PrivateKey is not null)
            writer.WriteBinary("PrivateKey", PrivateKey);
        writer.WriteEndElement();
    }

    /// <summary>Reads the element.</summary>
    public static CertificatePack Read(SoapReader reader) => reader.Nested(nameof(CertificatePack), static pack => new CertificatePack(
        pack.OptionalText(nameof(MachineNumber)) is { } text ? Protocol.MachineNumber.Parse(text) : null,
        pack.Binary("RootCertificate"),
        pack.Many("IssuingCertificate", 0, 8, static r => r.Binary("IssuingCertificate")),
        pack.Binary("ClientCertificate"),
        pack.IsNext("PrivateKey") ? pack.Binary("PrivateKey") : null));

    /// <summary>Overwrites the private key in memory.</summary>
    public void ClearPrivateKey() => CryptographicOperations.ZeroMemory(PrivateKey);

    /// <summary>Never the key, in no log and no message.</summary>
    public override string ToString() => $"CertificatePack {MachineNumber?.ToString() ?? "common"}";
}
