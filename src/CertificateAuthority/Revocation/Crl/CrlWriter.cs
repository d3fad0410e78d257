using System.Formats.Asn1;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Revocation.Crl;

/// <summary>
/// Writes one full CRL, version 2 (RFC 5280, 5): entries are added while they are read from the store, nothing is kept of them but their encoding. Extensions: the CRL's number and
/// the issuer's key identifier; per entry the reason, except <c>unspecified</c> (5.3.1: SHOULD be absent).
/// </summary>
internal sealed class CrlWriter
{
    private const int EntrySize = 64;

    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag KeyIdentifier = new(TagClass.ContextSpecific, 0);
    private static readonly DateTimeOffset GeneralizedFrom = new(2050, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly AsnWriter _entries;

    public CrlWriter(int expectedEntries)
    {
        _entries = new AsnWriter(AsnEncodingRules.DER, (expectedEntries + 1) * EntrySize);
        _entries.PushSequence();
    }

    /// <summary>How many entries it has so far.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one certificate that ended; its texts as they stand in the table.</summary>
    public void Add(string serialNumber, string revokedAt, string? reason)
    {
        Count++;
        using (_entries.PushSequence())
        {
            _entries.WriteInteger(Convert.FromHexString(serialNumber));
            WriteTime(_entries, UtcText.Parse(revokedAt));
            if (RevocationReasons.Parse(reason) is var code && code != RevocationReason.Unspecified)
            {
                using (_entries.PushSequence())
                    WriteExtension(_entries, Oids.CrlReason, value => value.WriteEnumeratedValue(code));
            }
        }
    }

    /// <summary>The CRL, signed. Nothing can be added any more.</summary>
    public byte[] Sign(IssuingCa issuer, long number, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate)
    {
        _entries.PopSequence();
        var toBeSigned = Encode(issuer, number, thisUpdate, nextUpdate);
        return SignedCertificate.Assemble(toBeSigned, issuer.SignatureAlgorithm, issuer.Sign(toBeSigned));
    }

    private byte[] Encode(IssuingCa issuer, long number, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, _entries.GetEncodedLength() + 1024);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteEncodedValue(issuer.SignatureAlgorithm.Encoded);
            writer.WriteEncodedValue(issuer.Subject.Span);
            WriteTime(writer, thisUpdate);
            WriteTime(writer, nextUpdate);
            if (Count > 0)
                _entries.CopyTo(writer); // RFC 5280, 5.1.2.6: absent where there is no entry

            using (writer.PushSequence(Context0))
            using (writer.PushSequence())
            {
                WriteExtension(writer, Oids.AuthorityKeyIdentifier, value =>
                {
                    using (value.PushSequence())
                        value.WriteOctetString(issuer.KeyIdentifier.Span, KeyIdentifier);
                });
                WriteExtension(writer, Oids.CrlNumber, value => value.WriteInteger(number));
            }
        }

        return writer.Encode();
    }

    private static void WriteTime(AsnWriter writer, DateTimeOffset time)
    {
        if (time < GeneralizedFrom)
            writer.WriteUtcTime(time);
        else
            writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
    }

    private static void WriteExtension(AsnWriter writer, string type, Action<AsnWriter> writeValue)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(type);
            using (writer.PushOctetString())
                writeValue(writer);
        }
    }
}
