using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>
/// A key that a board has made itself (P-28), as it stands in the board's certificate request (PKCS#10, RFC 2986). One that was read has proved that its sender holds the private key.
/// What may be certified decides the CA; here only what would spoil a pack in store for nothing is refused before that.
/// </summary>
internal sealed class BoardKey
{
    private const int MaxSize = 8 * 1024;

    private readonly byte[] _publicKeyInfo;

    private BoardKey(byte[] certificateRequest, byte[] publicKeyInfo)
    {
        CertificateRequest = certificateRequest;
        _publicKeyInfo = publicKeyInfo;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(publicKeyInfo));
    }

    /// <summary>PKCS#10, DER, as the board sent it.</summary>
    public byte[] CertificateRequest { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal: what makes two requests of a board the same.</summary>
    public string Sha256 { get; }

    /// <summary>Reads a request of <paramref name="number"/>'s board and verifies its proof of possession.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidCertificateRequest"/>.</exception>
    public static BoardKey Read(byte[] certificateRequest, MachineNumber number)
    {
        if (certificateRequest.Length > MaxSize)
            throw Invalid(number, $"it has {certificateRequest.Length} octets, the most is {MaxSize}");
        try
        {
            // The hash is the one that the new object would sign with; which one the request is signed with stands in the request.
            var request = System.Security.Cryptography.X509Certificates.CertificateRequest.LoadSigningRequest(
                certificateRequest,
                HashAlgorithmName.SHA256,
                out var consumed,
                CertificateRequestLoadOptions.Default,
                RSASignaturePadding.Pkcs1);
            if (consumed != certificateRequest.Length)
                throw Invalid(number, "something follows it");
            return new BoardKey(certificateRequest, request.PublicKey.ExportSubjectPublicKeyInfo());
        }
        catch (Exception cause) when (cause is CryptographicException or NotSupportedException or ArgumentException or InvalidOperationException)
        {
            throw new ProvisioningException(
                ErrorCode.InvalidCertificateRequest,
                $"The certificate request of {number} is not PKCS#10 in DER (RFC 2986), or is not signed with the key that it carries.",
                cause);
        }
    }

    /// <summary>Whether <paramref name="certificate"/> is for this key.</summary>
    public bool IsIn(LeafCertificate certificate) => certificate.PublicKeyInfo.Span.SequenceEqual(_publicKeyInfo);

    private static ProvisioningException Invalid(MachineNumber number, string problem) =>
        new(ErrorCode.InvalidCertificateRequest, $"The certificate request of {number} is not acceptable: {problem}.");
}
