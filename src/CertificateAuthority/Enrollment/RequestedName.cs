using System.Formats.Asn1;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Enrollment;

/// <summary>A distinguished name (RFC 5280, 4.1.2.4) as types and texts in their order; how a text is encoded does not matter (7.1).</summary>
/// <param name="Parts">Type (an object identifier) and value.</param>
internal sealed record RequestedName(IReadOnlyList<(string Type, string Value)> Parts)
{
    /// <summary>Whether it says nothing.</summary>
    public bool IsEmpty => Parts.Count == 0;

    /// <summary>Reads a name.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificateRequest"/> where it has a form that no name here has.</exception>
    public static RequestedName Read(AsnReader reader)
    {
        var parts = new List<(string, string)>();
        var name = reader.ReadSequence();
        while (name.HasData)
        {
            var set = name.ReadSetOf();
            var part = set.ReadSequence();
            if (set.HasData)
                throw CertificationRequest.Invalid("its subject has a part with several values. Give each a part of its own");
            var type = part.ReadObjectIdentifier();
            parts.Add((type, ReadText(part)));
            part.ThrowIfNotEmpty();
        }

        return new RequestedName(parts);
    }

    /// <summary>Reads the encoded name of a certificate.</summary>
    public static RequestedName Read(ReadOnlyMemory<byte> encoded) => Read(new AsnReader(encoded, AsnEncodingRules.DER));

    /// <summary>The machine number that CN or serialNumber name.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificateRequest"/> where there is none, or two different ones.</exception>
    public MachineNumber RequireMachineNumber()
    {
        var named = Parts.Where(part => part.Type is Oids.CommonName or Oids.SerialNumber).Select(part => part.Value).Distinct(StringComparer.Ordinal).ToList();
        return named.Count == 1 && MachineNumber.TryParse(named[0], out var machineNumber)
            ? machineNumber
            : throw CertificationRequest.Invalid("its subject does not name one machine number. Put it in CN and serialNumber, such as /CN=3012-123456/serialNumber=3012-123456");
    }

    /// <summary>Passes a name that is empty or names <paramref name="machineNumber"/> and no other.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificateRequest"/>.</exception>
    public void RequireNothingElseThan(MachineNumber machineNumber)
    {
        if (!IsEmpty && RequireMachineNumber() != machineNumber)
            throw CertificationRequest.Invalid($"its subject names {RequireMachineNumber()}, but a certificate for {machineNumber} is asked for. Leave the subject empty or correct it");
    }

    /// <summary>Whether both say the same.</summary>
    public bool Says(RequestedName other) => Parts.SequenceEqual(other.Parts);

    /// <inheritdoc/>
    public override string ToString() => Printable.Shorten(string.Join(", ", Parts.Select(part => $"{ShortName(part.Type)}={part.Value}")), 200);

    private static string ReadText(AsnReader part)
    {
        var tag = part.PeekTag();
        return tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String
            or UniversalTagNumber.BMPString or UniversalTagNumber.T61String
            ? part.ReadCharacterString((UniversalTagNumber)tag.TagValue)
            : throw CertificationRequest.Invalid("its subject holds something that is no text");
    }

    private static string ShortName(string type) => type switch
    {
        Oids.CommonName => "CN",
        Oids.SerialNumber => "serialNumber",
        Oids.Organization => "O",
        Oids.OrganizationalUnit => "OU",
        _ => type,
    };
}
