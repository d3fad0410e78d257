using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.Hosting.Audit;

/// <summary>Signs checkpoints of an audit trail with a program's own TLS key, and tells whether one is to be believed.</summary>
public static class CheckpointSeal
{
    /// <summary>The signed checkpoint of a trail that ends with this entry.</summary>
    public static AuditCheckpoint Sign(TlsIdentity identity, long sequence, string hash, DateTimeOffset at)
    {
        var moment = UtcText.Of(at);
        return new AuditCheckpoint(sequence, moment, hash, identity.Sign(AuditCheckpoint.ContentOf(sequence, hash, moment)), identity.ChainPem);
    }

    /// <summary>
    /// What is wrong with a checkpoint; null where it was signed by a part of <paramref name="role"/> below <paramref name="root"/> with a certificate that was valid when it was made.
    /// </summary>
    public static string? FindProblem(AuditCheckpoint checkpoint, X509Certificate2 root, Role role)
    {
        try
        {
            return FindProblem(checkpoint.SignedContent, checkpoint.Signature, checkpoint.Certificate, UtcText.Parse(checkpoint.At), root, role);
        }
        catch (FormatException cause)
        {
            return "it is not readable: " + cause.Message;
        }
    }

    /// <summary>What is wrong with anything that a part of <paramref name="role"/> is said to have signed at a moment; null where nothing is.</summary>
    public static string? FindProblem(byte[] content, byte[] signature, string certificate, DateTimeOffset at, X509Certificate2 root, Role role)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(certificate);
            if (certificates.Count == 0)
                return "it has no certificate";
            using var key = certificates[0].GetECDsaPublicKey();
            if (key?.VerifyData(content, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) != true)
                return "its signature does not fit its content";
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(root);
            chain.ChainPolicy.ExtraStore.AddRange(certificates);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            chain.ChainPolicy.VerificationTime = at.UtcDateTime;
            if (!chain.Build(certificates[0]))
                return "its certificate does not verify: " + string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim().TrimEnd('.')));
            return PeerIdentity.FromVerifiedChain(chain) is { } signer && signer.Role == role ? null : $"its signer is no {role}";
        }
        catch (CryptographicException cause)
        {
            return "it is not readable: " + cause.Message;
        }
        finally
        {
            foreach (var one in certificates)
                one.Dispose();
        }
    }

    /// <summary>Gives a chain the anchor of a checkpoint, or the finding that it is not to be believed.</summary>
    public static void Read(this AuditChain chain, AuditCheckpoint checkpoint, X509Certificate2 root, Role role)
    {
        if (FindProblem(checkpoint, root, role) is { } problem)
            chain.Report(new AuditFinding(checkpoint.Sequence, AuditFault.CheckpointInvalid, $"The checkpoint of entry {checkpoint.Sequence} is not to be believed: {problem}."));
        else
            chain.Read(checkpoint.Anchor);
    }
}
