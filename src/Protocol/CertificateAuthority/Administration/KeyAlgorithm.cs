namespace ProvisioningStation.Protocol.CertificateAuthority.Administration;

/// <summary>The kinds of key that a device may have.</summary>
public enum KeyAlgorithm
{
    /// <summary>EC on P-256 (RFC 5480).</summary>
    EcP256,

    /// <summary>EC on P-384 (RFC 5480).</summary>
    EcP384,

    /// <summary>RSA with 2048 bits (RFC 8017).</summary>
    Rsa2048,

    /// <summary>RSA with 3072 bits (RFC 8017).</summary>
    Rsa3072,
}
