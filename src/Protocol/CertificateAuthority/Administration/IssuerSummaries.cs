namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>The latest CRL of one generation of the issuing CA for devices (<c>GET /api/crl</c>).</summary>
/// <param name="Issuer">The generation.</param>
/// <param name="Number">The CRL's number (RFC 5280, 5.2.3); it only grows.</param>
/// <param name="ThisUpdate">When it was made.</param>
/// <param name="NextUpdate">Until when it may be relied on.</param>
/// <param name="Entries">How many certificates it lists.</param>
/// <param name="Path">Where it is served, in clear.</param>
public sealed record CrlSummary(int Issuer, long Number, DateTimeOffset ThisUpdate, DateTimeOffset NextUpdate, int Entries, string Path);

/// <summary>One generation of the issuing CA for devices (<c>GET /api/issuers</c>).</summary>
/// <param name="Issuer">The generation.</param>
/// <param name="Active">Whether it signs new certificates.</param>
/// <param name="Subject">Its name.</param>
/// <param name="SerialNumber">The serial number of its own certificate, hexadecimal.</param>
/// <param name="Fingerprint">SHA-256 of its certificate.</param>
/// <param name="KeyIdentifier">Its key identifier, hexadecimal.</param>
/// <param name="NotBefore">From when on it is valid.</param>
/// <param name="NotAfter">Until when it is valid.</param>
/// <param name="Path">Where its certificate is served, in clear.</param>
/// <param name="OcspResponderUntil">When the certificate of its OCSP responder ends; null before the first one is made.</param>
public sealed record IssuerSummary(
    int Issuer,
    bool Active,
    string Subject,
    string SerialNumber,
    string Fingerprint,
    string KeyIdentifier,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    string Path,
    DateTimeOffset? OcspResponderUntil);
