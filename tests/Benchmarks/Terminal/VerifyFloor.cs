using System.Diagnostics;
using System.Security.Cryptography;

namespace ProvisioningStation.Benchmarks.Terminal;

/// <summary>What the machine can do at most where every certificate's signature is checked: P-256 verifications of 500 octets on all cores, nothing else.</summary>
internal static class VerifyFloor
{
    public static double Measure(int count)
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var content = RandomNumberGenerator.GetBytes(500);
        var signature = signer.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var parameters = signer.ExportParameters(includePrivateParameters: false);
        using var verifier = new ThreadLocal<ECDsa>(() => ECDsa.Create(parameters), trackAllValues: true);
        var started = Stopwatch.GetTimestamp();
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, _ =>
        {
            if (!verifier.Value!.VerifyData(content, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))
                throw new InvalidOperationException("A good signature was refused.");
        });
        var rate = count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (var value in verifier.Values)
            value.Dispose();
        return rate;
    }
}
