using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProvisioningStation.Board.Flash;

/// <summary>What a blank board presents: a certificate that it signed itself and that proves nothing; it only makes encryption possible on the cable (P-11).</summary>
internal static class BlankCertificate
{
    /// <summary>A new one; a blank board makes it at each start and keeps it nowhere.</summary>
    public static SslStreamCertificateContext Create(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=blank board", key, HashAlgorithmName.SHA256);
        var now = time.GetUtcNow();
        return SslStreamCertificateContext.Create(request.CreateSelfSigned(now.AddDays(-1), now.AddYears(20)), null, offline: true);
    }
}
