using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.Flash;

/// <summary>A key that this board made and the request for its certificate (P-28), as they lie in flash until a certificate answers them. The key leaves it only wrapped, into the certificate's area.</summary>
/// <param name="MachineNumber">Whom it is for.</param>
/// <param name="CertificateRequest">PKCS#10 (RFC 2986), DER.</param>
/// <param name="WrappedKey">PKCS#8 under the device key, with the number as associated data.</param>
/// <param name="PublicKeyInfo">SubjectPublicKeyInfo, DER.</param>
internal sealed record OpenRequest(MachineNumber MachineNumber, byte[] CertificateRequest, byte[] WrappedKey, byte[] PublicKeyInfo)
{
    private const string RequestFile = "request.der";
    private const string KeyFile = "private-key.bin";
    private const string NumberFile = "machine-number";

    /// <summary>The files of a new key and its request.</summary>
    public static List<(string Name, byte[] Content)> Make(MachineNumber number, KeyProtection deviceKey)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"SERIALNUMBER={number}, CN={number}", key, HashAlgorithmName.SHA256);
        var secret = key.ExportPkcs8PrivateKey();
        try
        {
            return [(NumberFile, System.Text.Encoding.ASCII.GetBytes($"{number}\n")), (KeyFile, deviceKey.Wrap(secret, number.ToString())), (RequestFile, request.CreateSigningRequest())];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Reads a request and checks that its key opens and is the one it asks for.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.WriteFailed"/> where what lies there is damaged.</exception>
    public static OpenRequest Read(string directory, KeyProtection deviceKey)
    {
        try
        {
            _ = ReplaceableDirectory.ReadWhole(directory);
            var number = MachineNumber.Parse(File.ReadAllText(Path.Combine(directory, NumberFile)).Trim());
            var request = File.ReadAllBytes(Path.Combine(directory, RequestFile));
            var wrapped = File.ReadAllBytes(Path.Combine(directory, KeyFile));
            var info = System.Security.Cryptography.X509Certificates.CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256).PublicKey.ExportSubjectPublicKeyInfo();
            var secret = deviceKey.Unwrap(wrapped, number.ToString());
            try
            {
                using var key = ECDsa.Create();
                key.ImportPkcs8PrivateKey(secret, out _);
                return key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(info)
                    ? new OpenRequest(number, request, wrapped, info)
                    : throw new CryptographicException("key and request do not belong together");
            }
            finally
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }
        catch (Exception cause) when (cause is IOException or CryptographicException or ProvisioningException)
        {
            throw new ProvisioningException(ErrorCode.WriteFailed, $"What lies in flash is not the board's certificate request: {cause.Message}", cause);
        }
    }
}
