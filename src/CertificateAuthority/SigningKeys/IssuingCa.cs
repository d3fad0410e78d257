using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.Lint;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>
/// An issuing CA: its certificate and the right to sign with its key. Where the key is kept is the affair of whoever hands in <paramref name="open"/>: an encrypted
/// file gives an <see cref="ECDsa"/> or <see cref="RSA"/> in memory, an HSM one that signs elsewhere.
/// </summary>
/// <param name="number">Its generation, 1, 2, 3 …; column <c>issuer</c> of the certificates that it signs.</param>
/// <param name="certificate">The CA's own certificate.</param>
/// <param name="open">Opens the key once more, for one more thread: a key serves one thread at a time.</param>
internal sealed class IssuingCa(int number, X509Certificate2 certificate, Func<AsymmetricAlgorithm> open) : IDisposable
{
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];

    /// <summary>Its generation.</summary>
    public int Number { get; } = number;

    /// <summary>What stands between a device's certificate and the root, DER: this CA's certificate.</summary>
    public IReadOnlyList<byte[]> Chain { get; } = [certificate.RawData];

    /// <summary>The subject as encoded in the certificate: the issuer of everything this CA signs.</summary>
    public ReadOnlyMemory<byte> Subject { get; } = certificate.SubjectName.RawData;

    /// <summary>The CA's key identifier.</summary>
    public ReadOnlyMemory<byte> KeyIdentifier { get; } = certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes;

    /// <summary>How it signs, as its key demands: named in all that it signs.</summary>
    public SignatureAlgorithm SignatureAlgorithm { get; } = SignatureAlgorithm.Of(certificate);

    /// <summary>From when on the CA may sign.</summary>
    public DateTimeOffset NotBefore { get; } = CertificateSigner.ValidityOf(certificate).NotBefore;

    /// <summary>Until when the CA may sign, and nothing that it signs outlives it.</summary>
    public DateTimeOffset NotAfter { get; } = CertificateSigner.ValidityOf(certificate).NotAfter;

    /// <summary>Signs <paramref name="toBeSigned"/> with <see cref="SignatureAlgorithm"/> and gives the signature. Any number of threads may sign at the same time.</summary>
    /// <exception cref="CryptographicException">The key does not sign, such as one in an HSM that can't be reached.</exception>
    public byte[] Sign(ReadOnlySpan<byte> toBeSigned)
    {
        if (!_idle.TryTake(out var key))
            key = open();
        try
        {
            Span<byte> signature = stackalloc byte[SignatureAlgorithm.MaxSignatureSize];
            var result = signature[..Sign(key, toBeSigned, signature)].ToArray();
            _idle.Add(key);
            return result;
        }
        catch
        {
            key.Dispose(); // the next caller opens another
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out var key))
            key.Dispose();
    }

    private int Sign(AsymmetricAlgorithm key, ReadOnlySpan<byte> toBeSigned, Span<byte> signature)
    {
        var written = 0;
        var fits = key switch
        {
            ECDsa ec => ec.TrySignData(toBeSigned, signature, SignatureAlgorithm.Hash, DSASignatureFormat.Rfc3279DerSequence, out written),
            RSA rsa => rsa.TrySignData(toBeSigned, signature, SignatureAlgorithm.Hash, RSASignaturePadding.Pkcs1, out written),
            _ => throw new CryptographicException("The CA's key is neither an EC nor an RSA key."),
        };
        return fits ? written : throw new CryptographicException($"The signature is longer than {signature.Length} octets.");
    }
}
