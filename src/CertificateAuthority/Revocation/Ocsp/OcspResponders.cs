using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Revocation.Ocsp;

/// <summary>
/// The responder of each generation: made when it is first needed, renewed with a new key after half of its validity, kept as two files among the signing keys. The record of a new
/// certificate is in the audit trail before it is signed; files that a kill left half written are replaced.
/// </summary>
internal sealed partial class OcspResponders(
    AuthorityFiles files,
    KeyProtection protection,
    SigningGate gate,
    AuditTrail audit,
    RevocationOptions options,
    TimeProvider time,
    ILogger<OcspResponders> logger) : IDisposable
{
    private readonly ConcurrentDictionary<int, OcspResponder> _current = [];
    private readonly SemaphoreSlim _making = new(1, 1);

    /// <summary>The responder of a generation, or null before its first use.</summary>
    public OcspResponder? Find(int issuer) => _current.GetValueOrDefault(issuer);

    /// <summary>The responder of a generation, good for an answer made now.</summary>
    /// <exception cref="ProvisioningException">There is none, and the CA has stopped signing.</exception>
    public ValueTask<OcspResponder> GetAsync(IssuingCa issuer, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return Find(issuer.Number) is { } current && now >= current.NotBefore && now + options.OcspValidity <= current.NotAfter
            ? ValueTask.FromResult(current)
            : new ValueTask<OcspResponder>(RenewAsync(issuer, cancellationToken));
    }

    /// <summary>The responder of a generation, renewed first where half of its time is over.</summary>
    public async Task<OcspResponder> RenewAsync(IssuingCa issuer, CancellationToken cancellationToken)
    {
        await _making.WaitAsync(cancellationToken);
        try
        {
            var pair = FilesOf(issuer);
            var current = Find(issuer.Number) ?? Open(issuer, pair);
            if (current is null || IsDue(current, issuer))
                current = await MakeAsync(issuer, pair, cancellationToken);
            _current[issuer.Number] = current;
            return current;
        }
        finally
        {
            _making.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var responder in _current.Values)
            responder.Dispose();
        _making.Dispose();
    }

    /// <summary>Half of its time is over, and a new one would last longer.</summary>
    private bool IsDue(OcspResponder responder, IssuingCa issuer)
    {
        var now = time.GetUtcNow();
        return now < responder.NotBefore || (responder.NotAfter < issuer.NotAfter && now + (options.OcspCertificateValidity / 2) > responder.NotAfter);
    }

    private async Task<OcspResponder> MakeAsync(IssuingCa issuer, KeyFiles pair, CancellationToken cancellationToken)
    {
        // 1. The key. The one before lives on in memory until the new certificate is stored.
        gate.Require();
        File.Delete(pair.KeyFile);
        using var key = (ECDsa)pair.OpenOrCreateKey(protection.Passphrase);

        // 2. The record of what will be signed.
        var (serialNumber, now) = (SerialNumber.Random(), time.GetUtcNow());
        var request = OcspResponder.Request(issuer, key);
        var keyHash = Convert.ToHexStringLower(SHA256.HashData(request.PublicKey.ExportSubjectPublicKeyInfo()));
        await audit.AppendAsync(
            AuditTrail.Itself,
            "OcspResponderIssued",
            string.Create(CultureInfo.InvariantCulture, $"devices-{issuer.Number}"),
            Protocol.Audit.AuditEvent.Done,
            $$"""{"serialNumber":"{{serialNumber}}","publicKeySha256":"{{keyHash}}"}""",
            cancellationToken);

        // 3. The certificate.
        using var certificate = OcspResponder.Make(issuer, request, serialNumber, now, options.OcspCertificateValidity);
        pair.Store(certificate);
        LogMade(logger, issuer.Number, serialNumber.ToString(), certificate.NotAfter.ToUniversalTime());
        return OcspResponder.Open(issuer, certificate, key, now) ?? throw new CryptographicException("The new certificate of the OCSP responder is not what was asked for.");
    }

    private OcspResponder? Open(IssuingCa issuer, KeyFiles pair)
    {
        if (!pair.IsComplete || !File.Exists(pair.KeyFile))
            return null;
        try
        {
            using var certificate = pair.Load();
            using var key = pair.OpenKey(protection.Passphrase) as ECDsa;
            return key is null ? null : OcspResponder.Open(issuer, certificate, key, time.GetUtcNow());
        }
        catch (Exception cause) when (cause is ConfigurationException or CryptographicException)
        {
            LogUnusable(logger, pair.CertificateFile, cause.Message);
            return null; // a new one is quickly made
        }
    }

    private KeyFiles FilesOf(IssuingCa issuer)
    {
        var name = Path.Combine(files.SigningKeyDirectory, string.Create(CultureInfo.InvariantCulture, $"ocsp-{issuer.Number}"));
        return new KeyFiles(name + ".pem", name + ".key");
    }

    [LoggerMessage(242, LogLevel.Information, "OCSP responder of generation {Issuer}: new key and certificate {SerialNumber}, valid to {NotAfter:u}")]
    private static partial void LogMade(ILogger logger, int issuer, string serialNumber, DateTime notAfter);

    [LoggerMessage(243, LogLevel.Warning, "The OCSP responder's {File} can't be used and is replaced: {Problem}")]
    private static partial void LogUnusable(ILogger logger, string file, string problem);
}
