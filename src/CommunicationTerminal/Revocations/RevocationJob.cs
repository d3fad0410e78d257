using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Revocations;

/// <summary>
/// Reads the CA's CRLs, one per generation of its issuing CA for devices, and believes one only where it is signed by an issuing CA whose certificates are in store here, and is not older than one
/// that was taken before. One that has run out is still true about what stands on it; health says that there is no newer one.
/// </summary>
internal sealed class RevocationJob : PeriodicJob
{
    private const string Name = "revocations";
    private const int MaxBytes = 64 * 1024 * 1024;
    private const int MaxGenerations = 100;

    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
    {
        Timeout = TimeSpan.FromMinutes(1),
        MaxResponseContentBufferSize = MaxBytes,
    };

    private readonly RevocationsOptions _options;
    private readonly ChainStore _chains;
    private readonly SeenCrls _seen;
    private readonly RevokedStock _stock;
    private readonly SerialNumberFill _fill;
    private readonly Database _database;
    private readonly TimeProvider _time;

    public RevocationJob(
        RevocationsOptions options,
        ChainStore chains,
        SeenCrls seen,
        RevokedStock stock,
        SerialNumberFill fill,
        Database database,
        TimeProvider time,
        HealthState health,
        ILogger<RevocationJob> logger)
        : base(Name, time, health, logger)
    {
        (_options, _chains, _seen, _stock, _fill, _database, _time) = (options, chains, seen, stock, fill, database, time);
    }

    /// <inheritdoc/>
    protected override TimeSpan Interval => _options.Interval;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task RunOnceAsync(CancellationToken cancellationToken) => LookAsync(cancellationToken);

    /// <summary>One look at every generation's CRL. One that can't be used does not keep the others from being taken; the first problem is thrown at the end.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        await _fill.FillAsync(cancellationToken);
        var chains = _chains.OfDevices();
        var problems = new List<string>();
        if (chains.Count > 0)
        {
            var hasPlace = _options.CrlUrl!.Contains(RevocationsOptions.Issuer, StringComparison.Ordinal);
            for (var generation = 1; generation <= (hasPlace ? MaxGenerations : 1); generation++)
            {
                var url = _options.CrlUrl.Replace(RevocationsOptions.Issuer, generation.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
                if (await FetchAsync(url, cancellationToken) is not { } encoded)
                    break; // there is no such generation
                try
                {
                    await TakeAsync(url, encoded, chains, cancellationToken);
                }
                catch (ProvisioningException cause)
                {
                    problems.Add(cause.Message);
                }
            }
        }

        _stock.ReportInHealth();
        problems.AddRange(chains.Select(FindStale).OfType<string>());
        if (problems.Count > 0)
            throw new ProvisioningException(ErrorCode.CaUnavailable, string.Join(" ", problems));
    }

    private async Task TakeAsync(string url, byte[] encoded, IReadOnlyList<TrustedChain> chains, CancellationToken cancellationToken)
    {
        var crl = CertificateRevocationList.Read(encoded);
        if (chains.FirstOrDefault(crl.IsSignedBy) is not { } chain)
            return; // of a generation from which nothing is in store here, or of nobody: nothing is believed, and a chain without a CRL shows
        if (crl.ThisUpdate > _time.GetUtcNow() + ClockSkew)
            throw new ProvisioningException(ErrorCode.CaUnavailable, $"The CRL at {url} is of {crl.ThisUpdate:u}, which is in the future. Compare the clocks of terminal and CA.");
        var seen = _seen.Find(chain.Id);
        if (seen is not null && crl.Number < seen.Number)
            throw new ProvisioningException(ErrorCode.CaUnavailable, $"The CRL at {url} has number {crl.Number}; number {seen.Number} was seen before. An older one is not taken: somebody plays it back, or the CA was restored.");
        if (seen is not null && crl.Number == seen.Number)
            return;
        await _stock.TakeOutAsync(chain.Id, crl.Entries, cancellationToken);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(encoded));
        await _database.WriteAsync((connection, transaction) => _seen.Keep(connection, transaction, chain.Id, crl, sha256), cancellationToken);
    }

    private string? FindStale(TrustedChain chain) => _seen.Find(chain.Id) switch
    {
        null => $"There is no CRL of {chain.IssuerName}: what was revoked there is not known here.",
        { } seen when seen.NextUpdate + ClockSkew < _time.GetUtcNow() => $"The latest CRL of {chain.IssuerName} ended {seen.NextUpdate:u}: what was revoked since is not known here.",
        _ => null,
    };

    private async Task<byte[]?> FetchAsync(string url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(url), cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadAsByteArrayAsync(cancellationToken);
        }
        catch (Exception cause) when (cause is HttpRequestException or IOException || (cause is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ProvisioningException(ErrorCode.CaUnavailable, $"The CA's CRL can't be had from {url}: {cause.Message}", cause);
        }
    }
}
