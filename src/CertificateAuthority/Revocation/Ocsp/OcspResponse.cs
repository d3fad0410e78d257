using System.Formats.Asn1;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Revocation.Ocsp;

/// <summary>How a request was taken (RFC 6960, 4.2.1, OCSPResponseStatus).</summary>
internal enum OcspResponseStatus
{
    /// <summary>The answer says what was asked.</summary>
    Successful = 0,

    /// <summary>The request is none.</summary>
    MalformedRequest = 1,

    /// <summary>A defect of ours; the log has the detail.</summary>
    InternalError = 2,

    /// <summary>This responder can't answer now.</summary>
    TryLater = 3,

    /// <summary>This responder does not answer for that issuer (RFC 5019, 2.2.3).</summary>
    Unauthorized = 6,
}

/// <summary>Writes answers (RFC 6960, 4.2.1).</summary>
internal static class OcspResponse
{
    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Context1 = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag Context2 = new(TagClass.ContextSpecific, 2, isConstructed: true);
    private static readonly Asn1Tag Good = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Unknown = new(TagClass.ContextSpecific, 2);

    /// <summary>An answer without content: what went wrong.</summary>
    public static byte[] Failed(OcspResponseStatus status) => [0x30, 0x03, 0x0A, 0x01, (byte)status];

    /// <summary>A basic response, signed by <paramref name="responder"/>, its certificate with it.</summary>
    public static byte[] Sign(
        OcspResponder responder,
        DateTimeOffset thisUpdate,
        DateTimeOffset nextUpdate,
        IReadOnlyList<(CertificateId Id, CertificateStatus Status)> certificates,
        ReadOnlyMemory<byte>? nonce)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, 1024 + (certificates.Count * 160));
        WriteData(writer, responder, thisUpdate, nextUpdate, certificates, nonce);
        var data = writer.Encode();
        var signature = responder.Sign(data);

        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteEnumeratedValue(OcspResponseStatus.Successful);
            using (writer.PushSequence(Context0))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.OcspBasicResponse);
                using (writer.PushOctetString())
                using (writer.PushSequence())
                {
                    writer.WriteEncodedValue(data);
                    writer.WriteEncodedValue(responder.SignatureAlgorithm);
                    writer.WriteBitString(signature);
                    using (writer.PushSequence(Context0))
                    using (writer.PushSequence())
                        writer.WriteEncodedValue(responder.Certificate);
                }
            }
        }

        return writer.Encode();
    }

    private static void WriteData(
        AsnWriter writer,
        OcspResponder responder,
        DateTimeOffset thisUpdate,
        DateTimeOffset nextUpdate,
        IReadOnlyList<(CertificateId Id, CertificateStatus Status)> certificates,
        ReadOnlyMemory<byte>? nonce)
    {
        using (writer.PushSequence())
        {
            using (writer.PushSequence(Context2))
                writer.WriteOctetString(responder.KeyHash);
            writer.WriteGeneralizedTime(thisUpdate, omitFractionalSeconds: true); // producedAt
            using (writer.PushSequence())
            {
                foreach (var (id, status) in certificates)
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteEncodedValue(id.Encoded.Span);
                        WriteStatus(writer, status);
                        writer.WriteGeneralizedTime(thisUpdate, omitFractionalSeconds: true);
                        using (writer.PushSequence(Context0))
                            writer.WriteGeneralizedTime(nextUpdate, omitFractionalSeconds: true);
                    }
                }
            }

            if (nonce is { } extension)
            {
                using (writer.PushSequence(Context1))
                using (writer.PushSequence())
                    writer.WriteEncodedValue(extension.Span);
            }
        }
    }

    private static void WriteStatus(AsnWriter writer, CertificateStatus status)
    {
        if (status.RevokedAt is { } revokedAt)
        {
            using (writer.PushSequence(Context1))
            {
                writer.WriteGeneralizedTime(revokedAt, omitFractionalSeconds: true);
                if (status.Reason != RevocationReason.Unspecified)
                {
                    using (writer.PushSequence(Context0))
                        writer.WriteEnumeratedValue(status.Reason);
                }
            }
        }
        else
        {
            writer.WriteNull(status.IsKnown ? Good : Unknown);
        }
    }
}
