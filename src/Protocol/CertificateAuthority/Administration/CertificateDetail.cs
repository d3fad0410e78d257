using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>Everything about one certificate; never its private key.</summary>
/// <param name="Summary">What lists say of it.</param>
/// <param name="Subject">Its subject, as RFC 4514 writes names; absent while it is only reserved.</param>
/// <param name="IssuerName">Its issuer's name.</param>
/// <param name="NotBefore">When its validity begins.</param>
/// <param name="PublicKey">Algorithm and size of its key, such as EC P-256 or RSA-2048.</param>
/// <param name="Fingerprint">SHA-256 of the certificate, hexadecimal.</param>
/// <param name="SupersededBy">The serial number of the certificate that took its place.</param>
/// <param name="Certificate">The certificate as PEM; absent while it is only reserved.</param>
/// <param name="Chain">Its issuers up to the root, each as PEM.</param>
/// <param name="History">What the audit trail says of it, the oldest first.</param>
public sealed record CertificateDetail(
    CertificateSummary Summary,
    string? Subject,
    string? IssuerName,
    DateTimeOffset? NotBefore,
    string? PublicKey,
    string? Fingerprint,
    string? SupersededBy,
    string? Certificate,
    IReadOnlyList<string> Chain,
    IReadOnlyList<AuditEvent> History);
