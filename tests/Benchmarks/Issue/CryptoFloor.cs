using System.Diagnostics;
using System.Security.Cryptography;
using ProvisioningStation.CertificateAuthority.Issuance;

namespace ProvisioningStation.Benchmarks.Issue;

/// <summary>What the machine can do at most: a P-256 key and a P-256 signature of 500 octets per pack, on all cores, nothing stored and nothing sent.</summary>
internal static class CryptoFloor
{
    public static double Measure(int count)
    {
        using var signer = new ThreadLocal<ECDsa>(static () => ECDsa.Create(ECCurve.NamedCurves.nistP256), trackAllValues: true);
        using var keys = new ThreadLocal<EcKeySource>(static () => new EcKeySource(), trackAllValues: true);
        var started = Stopwatch.GetTimestamp();
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, _ =>
        {
            Span<byte> scalar = stackalloc byte[EcKey.ScalarSize];
            Span<byte> point = stackalloc byte[EcKey.PointSize];
            Span<byte> toBeSigned = stackalloc byte[500];
            Span<byte> signature = stackalloc byte[80];
            keys.Value!.Make(scalar, point);
            signer.Value!.TrySignData(toBeSigned, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence, out int _);
        });
        var rate = count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (var value in signer.Values)
            value.Dispose();
        foreach (var value in keys.Values)
            value.Dispose();
        return rate;
    }
}
