using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Quotas.ProductionOrders;

/// <summary>A production order whose signature holds: what it says, and whose it is.</summary>
/// <param name="Order">The content.</param>
/// <param name="ContentSha256">Over the content's octets: the same order signed again is the same order.</param>
/// <param name="Signer">Who signed it.</param>
/// <param name="SignedData">The CMS message (DER), kept as the proof.</param>
internal sealed record SignedOrder(ProductionOrder Order, string ContentSha256, PeerIdentity Signer, byte[] SignedData);

/// <summary>
/// Reads CMS SignedData (RFC 5652), DER or PEM, with the content inside and one signer, whose certificate is inside too, chains to our root now and has the role to order. Each check that fails
/// is said by its name.
/// </summary>
internal sealed class SignedOrderReader(TlsIdentity identity, TimeProvider time)
{
    private const string DataContent = "1.2.840.113549.1.7.1"; // RFC 5652, 4
    private static readonly string[] Labels = ["CMS", "PKCS7"];
    private static readonly string[] Digests = ["2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"]; // SHA-256, -384, -512

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads and verifies a message.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>, or <see cref="ErrorCode.NotAuthorized"/> where the signer is not one who may order.</exception>
    public SignedOrder Read(byte[] message)
    {
        try
        {
            return Verify(message);
        }
        catch (CryptographicException cause)
        {
            throw Malformed("it is not CMS SignedData: " + Printable.Shorten(cause.Message, 200).TrimEnd('.'), cause);
        }
    }

    private SignedOrder Verify(byte[] message)
    {
        var encoded = Decode(message);
        var cms = new SignedCms();
        cms.Decode(encoded);
        if (cms.ContentInfo.ContentType.Value != DataContent || cms.ContentInfo.Content.Length == 0)
            throw Malformed("it has no content inside. Sign it with the content in it (openssl cms -sign -nodetach)");
        if (cms.SignerInfos.Count != 1)
            throw Malformed($"it has {cms.SignerInfos.Count} signers; exactly one is expected");
        var signer = cms.SignerInfos[0];
        if (!Digests.Contains(signer.DigestAlgorithm.Value))
            throw Malformed("it is signed over another digest than SHA-256, SHA-384 or SHA-512");
        if (signer.Certificate is null)
            throw Malformed("its signer's certificate is not in it");
        try
        {
            signer.CheckSignature(verifySignatureOnly: true); // the chain is checked below, against our root
        }
        catch (CryptographicException cause)
        {
            throw Malformed("its signature does not fit its content. It was changed after it was signed", cause);
        }

        var peer = Identify(signer.Certificate, cms.Certificates);
        var content = cms.ContentInfo.Content;
        var order = ReadContent(content);
        if (peer.Role == Role.ProductionManagement && peer.Name != order.Factory)
            throw new ProvisioningException(ErrorCode.NotAuthorized, $"The production order is for factory {Printable.Shorten(order.Factory)}, and its signer, {peer}, may order for factory {peer.Name} only.");
        return new SignedOrder(order, Convert.ToHexStringLower(SHA256.HashData(content)), peer, encoded);
    }

    private PeerIdentity Identify(X509Certificate2 certificate, X509Certificate2Collection sent)
    {
        using var chain = new X509Chain { ChainPolicy = PeerVerification.PolicyForClients(identity.Root) };
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().LocalDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        foreach (var issuing in identity.Context.IntermediateCertificates)
            chain.ChainPolicy.ExtraStore.Add(issuing); // a signer of the factory's parts need not send what we have
        if (!chain.Build(certificate))
        {
            var said = string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim().TrimEnd('.')).Distinct(StringComparer.Ordinal));
            throw new ProvisioningException(ErrorCode.NotAuthorized, $"The production order's signer '{Printable.Shorten(certificate.Subject, 120)}' does not verify: {Printable.Shorten(said, 300)}.");
        }

        return PeerIdentity.FromVerifiedChain(chain) is { Role: Role.ProductionManagement or Role.Administrator } peer
            ? peer
            : throw new ProvisioningException(
                ErrorCode.NotAuthorized,
                $"The production order's signer '{Printable.Shorten(certificate.Subject, 120)}' may not order. Allowed: {Role.ProductionManagement}, {Role.Administrator}.");
    }

    private static byte[] Decode(byte[] message)
    {
        if (message.Length == 0)
            throw Malformed("the body is empty");
        if (!message.AsSpan().StartsWith("-----BEGIN "u8))
            return message;
        var text = Encoding.ASCII.GetString(message);
        if (!PemEncoding.TryFind(text, out var fields) || !Labels.Contains(text[fields.Label]))
            throw Malformed($"its PEM is broken, or not labelled {string.Join(" or ", Labels)}");
        return Convert.FromBase64String(text[fields.Base64Data]);
    }

    private static ProductionOrder ReadContent(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize<ProductionOrder>(content, Strict) ?? throw Malformed("its content is null");
        }
        catch (JsonException cause)
        {
            throw Malformed("its content is not the JSON of a production order: " + Printable.Shorten(cause.Message, 300), cause);
        }
    }

    private static ProvisioningException Malformed(string what, Exception? cause = null) => new(ErrorCode.MalformedRequest, $"The production order can't be taken: {what}.", cause);
}
