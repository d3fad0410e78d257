using System.Security.Cryptography;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>One certificate as the CA keeps it (table <c>certificate</c>), from its reservation on.</summary>
internal sealed class CertificateRecord
{
    /// <summary>The row; the rows of one request follow each other.</summary>
    public long Id { get; set; }

    /// <summary>Whose it is.</summary>
    public required MachineNumber MachineNumber { get; init; }

    /// <summary>The certificate's serial number.</summary>
    public required SerialNumber SerialNumber { get; init; }

    /// <summary>The generation of the issuing CA that signs it.</summary>
    public required int Issuer { get; init; }

    /// <summary>What it must say: the profile it was reserved under. Unknown where it was only loaded.</summary>
    public CertificateProfile? Profile { get; set; }

    /// <summary>The row of the pool that its key comes from; null where the key was made for it.</summary>
    public long? PooledKey { get; init; }

    /// <summary>When its validity ends.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Where it stands.</summary>
    public CertificateState State { get; set; } = CertificateState.Reserved;

    /// <summary>What is or will be signed.</summary>
    public required byte[] ToBeSigned { get; init; }

    /// <summary>The private key, encrypted; null where the board made its own, and once it is acknowledged or superseded.</summary>
    public byte[]? WrappedKey { get; init; }

    /// <summary>The signature, once there is one.</summary>
    public byte[]? Signature { get; set; }

    /// <summary>
    /// The public key (SubjectPublicKeyInfo) that was given by the caller; null where the key was made here. It is not stored: whoever goes on with a stored certificate takes it from the
    /// repeated request, so that a key that was changed in the store is not signed.
    /// </summary>
    public byte[]? GivenPublicKey { get; set; }

    /// <summary>The private key in clear (PKCS#8), only from its making or unwrapping until it is sent; never stored. Null where the board made its own.</summary>
    public byte[]? PrivateKey { get; set; }

    /// <summary>Overwrites the key in clear.</summary>
    public void ClearPrivateKey()
    {
        CryptographicOperations.ZeroMemory(PrivateKey);
        PrivateKey = null;
    }
}

/// <summary>A request as the CA keeps it (table <c>issuance_request</c>).</summary>
internal sealed record RequestRecord(
    string RequestId,
    string Kind,
    string Caller,
    string ContentSha256,
    long FirstCertificate,
    long CertificateCount,
    string? AcknowledgedAt,
    string? ExpiredAt,
    byte[]? Profiles);
