using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Jobs;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.Today;

/// <summary>Whether the CA answers.</summary>
/// <param name="IsReachable">At the last look.</param>
/// <param name="Since">Since when it does, or does not.</param>
/// <param name="LastAnswer">When it answered last; null where it has not since the terminal's start.</param>
/// <param name="Problem">Why it does not, in a sentence.</param>
internal sealed record ContactState(bool IsReachable, DateTimeOffset Since, DateTimeOffset? LastAnswer, string? Problem);

/// <summary>Looks now and then whether the CA answers, so that the manager knows before the batch needs it. A CA that does not answer is no failure of this job.</summary>
internal sealed partial class AuthorityContact(
    CertificateAuthorityClient authority,
    CertificateAuthorityOptions options,
    FactoryClock clock,
    TimeProvider time,
    HealthState health,
    ILogger<AuthorityContact> logger) : PeriodicJob(JobName, time, health, logger)
{
    /// <summary>The job's name in health.</summary>
    public const string JobName = "contact with the CA";

    private volatile ContactState? _state;

    /// <summary>What the last look found; null before the first.</summary>
    public ContactState? State => _state;

    /// <inheritdoc/>
    protected override TimeSpan Interval => options.LookEvery;

    /// <inheritdoc/>
    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        string? problem = null;
        try
        {
            await authority.ReachAsync(cancellationToken);
        }
        catch (ProvisioningException cause)
        {
            problem = cause.Message;
        }

        var (before, now) = (_state, clock.UtcNow);
        var since = before?.IsReachable == problem is null ? before.Since : now;
        _state = new ContactState(problem is null, since, problem is null ? now : before?.LastAnswer, problem);
        if (before?.IsReachable != _state.IsReachable)
            LogContact(problem ?? "it answers");
    }

    [LoggerMessage(270, LogLevel.Information, "The CA: {State}")]
    private partial void LogContact(string state);
}
