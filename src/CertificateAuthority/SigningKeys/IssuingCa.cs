using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.Issuance;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>
/// An issuing CA: its certificate and the right to sign with its key. Where the key is kept is the affair of whoever hands in <paramref name="open"/>: an encrypted
/// file gives an <see cref="ECDsa"/> in memory, an HSM one that signs elsewhere.
/// </summary>
/// <param name="number">Its generation, 1, 2, 3 …; column <c>issuer</c> of the certificates that it signs.</param>
/// <param name="certificate">The CA's own certificate.</param>
/// <param name="open">Opens the key once more, for one more thread: an <see cref="ECDsa"/> serves one thread at a time.</param>
internal sealed class IssuingCa(int number, X509Certificate2 certificate, Func<ECDsa> open) : IDisposable
{
    private readonly ConcurrentBag<ECDsa> _idle = [];

    /// <summary>Its generation.</summary>
    public int Number { get; } = number;

    /// <summary>What stands between a device's certificate and the root, DER: this CA's certificate.</summary>
    public IReadOnlyList<byte[]> Chain { get; } = [certificate.RawData];

    /// <summary>The subject as encoded in the certificate: the issuer of everything this CA signs.</summary>
    public ReadOnlyMemory<byte> Subject { get; } = certificate.SubjectName.RawData;

    /// <summary>The CA's key identifier.</summary>
    public ReadOnlyMemory<byte> KeyIdentifier { get; } = certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes;

    /// <summary>From when on the CA may sign.</summary>
    public DateTimeOffset NotBefore { get; } = new(certificate.NotBefore.ToUniversalTime());

    /// <summary>Until when the CA may sign, and nothing that it signs outlives it.</summary>
    public DateTimeOffset NotAfter { get; } = new(certificate.NotAfter.ToUniversalTime());

    /// <summary>Signs <paramref name="toBeSigned"/> and gives the certificate. Any number of threads may sign at the same time.</summary>
    public byte[] Sign(ReadOnlySpan<byte> toBeSigned)
    {
        if (!_idle.TryTake(out var key))
            key = open();
        Span<byte> signature = stackalloc byte[SignedCertificate.MaxSignatureSize];
        if (!key.TrySignData(toBeSigned, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence, out var length))
            throw new CryptographicException("The signature is longer than a P-256 signature can be.");
        _idle.Add(key);
        return signature[..length].ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out var key))
            key.Dispose();
    }
}
