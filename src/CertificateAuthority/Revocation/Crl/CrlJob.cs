using Microsoft.Extensions.Logging;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Jobs;

namespace ProvisioningStation.CertificateAuthority.Revocation.Crl;

/// <summary>
/// Makes a CRL of every generation when one is due, soon after certificates have ended, and once at every start: what a kill left between a revocation and its CRL is on that one.
/// </summary>
internal sealed partial class CrlJob : PeriodicJob
{
    private const string Condition = "crl";

    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    private readonly CrlPublisher _publisher;
    private readonly RevocationNews _news;
    private readonly RevocationOptions _options;
    private readonly TimeProvider _time;
    private readonly HealthState _health;
    private readonly ILogger _logger;
    private long? _published;

    public CrlJob(CrlPublisher publisher, RevocationNews news, RevocationOptions options, TimeProvider time, HealthState health, ILogger<CrlJob> logger)
        : base(Condition, time, health, logger)
    {
        (_publisher, _news, _options, _time, _health, _logger) = (publisher, news, options, time, health, logger);
        news.Announced += Wake;
    }

    /// <inheritdoc/>
    protected override TimeSpan Interval => _options.CrlInterval < Look ? _options.CrlInterval : Look;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _news.Announced -= Wake;
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_published is not null && _published != _news.Revision)
                await Task.Delay(_options.CrlDelay, _time, cancellationToken);
            var revision = _news.Revision;
            await PublishAsync(everything: revision != _published, cancellationToken);
            _published = revision;
        }
        finally
        {
            ReportOverdue();
        }
    }

    private void Wake(object? sender, EventArgs announced) => Signal();

    private async Task PublishAsync(bool everything, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        foreach (var issuer in _publisher.Issuers.Where(issuer => everything || _publisher.DueAt(issuer.Number) <= _time.GetUtcNow()).ToList())
        {
            try
            {
                var crl = await _publisher.PublishAsync(issuer, AuditTrail.Itself, cancellationToken);
                LogPublished(_logger, crl.Number, crl.Issuer, crl.Entries);
            }
            catch (Exception cause) when (cause is not OperationCanceledException)
            {
                failure ??= cause; // one generation does not stop the others
            }
        }

        if (failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    private void ReportOverdue()
    {
        var now = _time.GetUtcNow();
        var overdue = _publisher.Issuers.Where(issuer => _publisher.DueAt(issuer.Number) + _options.CrlInterval < now).Select(Say).ToList();
        if (overdue.Count == 0)
            _health.Clear(Condition);
        else
            _health.Report(Condition, string.Join(" ", overdue));
    }

    private string Say(IssuingCa issuer) => _publisher.FindLatest(issuer.Number) is { } latest
        ? $"The CRL of generation {issuer.Number} is overdue: the latest is of {latest.ThisUpdate:u} and ends {latest.NextUpdate:u}."
        : $"Generation {issuer.Number} has no CRL yet.";

    [LoggerMessage(241, LogLevel.Information, "CRL {Number} of generation {Issuer} published, {Entries} entries")]
    private static partial void LogPublished(ILogger logger, long number, int issuer, int entries);
}
