using ProvisioningStation.CommunicationTerminal.Records.Reports;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Audit;

namespace ProvisioningStation.CommunicationTerminal.Audit;

/// <summary>How far a check is, and what it has found.</summary>
/// <param name="By">Who asked for it.</param>
/// <param name="StartedAt">When.</param>
/// <param name="Total">How many entries the trail had then.</param>
/// <param name="Entries">How many were read.</param>
/// <param name="Reports">How many reports were compared.</param>
/// <param name="EndedAt">When it was through; null while it runs.</param>
/// <param name="Findings">What is wrong, in words.</param>
/// <param name="Failure">Why it could not be carried through, in words.</param>
internal sealed record CheckState(string By, DateTimeOffset StartedAt, long Total, long Entries, int Reports, DateTimeOffset? EndedAt, IReadOnlyList<string> Findings, string? Failure);

/// <summary>
/// Checks on demand that nothing on record was changed, removed or reordered: the whole chain with its checkpoints, then the units' steps and states against the signed reports. One at a time, in
/// the background; what it found is an entry of the trail.
/// </summary>
internal sealed class AuditCheck(AuditReader reader, CheckpointBook book, AuditTrail audit, ReportVerification reports, TlsIdentity identity, TimeProvider time, IHostApplicationLifetime life, ILogger<AuditCheck> logger)
{
    private const int PageSize = 1000;

    private readonly Lock _lock = new();
    private CheckState? _state;

    /// <summary>The check that runs, or the last one since the start; null where there was none.</summary>
    public CheckState? State
    {
        get
        {
            lock (_lock)
                return _state;
        }
    }

    /// <summary>Begins a check unless one runs; completes when it is through.</summary>
    public Task StartAsync(string by)
    {
        lock (_lock)
        {
            if (_state is { EndedAt: null })
                return Task.CompletedTask;
            var total = reader.Find(new AuditFilter(null, null, null, null, null), long.MaxValue, 1).SingleOrDefault()?.Sequence ?? 0;
            _state = new CheckState(by, time.GetUtcNow(), total, 0, 0, null, [], null);
        }

        return Task.Run(RunAsync, CancellationToken.None); // also when it is about to stop: the check ends itself
    }

    private async Task RunAsync()
    {
        try
        {
            var findings = FollowChain();
            findings.AddRange(reports.Run(life.ApplicationStopping, done => Change(state => state with { Reports = done })).Findings);
            var state = Change(now => now with { Findings = findings });
            await audit.AppendAsync(
                state.By, "AuditChecked", "audit", AuditEvent.Done, findings.Count == 0 ? $"{state.Entries} entries and {state.Reports} reports: all is as it was." : $"{findings.Count} findings: {findings[0]}", CancellationToken.None);
            Change(now => now with { EndedAt = time.GetUtcNow() });
        }
        catch (Exception cause) // whoever watches the page has to learn that it ended
        {
            Change(now => now with { EndedAt = time.GetUtcNow(), Failure = ErrorTranslation.Translate(cause, logger).Message });
        }
    }

    private List<string> FollowChain()
    {
        var chain = new AuditChain();
        if (book.FindLast() is { } promised)
            chain.Read(promised, identity.Root, Role.CommunicationTerminal);
        for (var checkpoint = 0L; book.ReadBehind(checkpoint, PageSize) is { Count: > 0 } page; checkpoint = page[^1].Sequence)
        {
            foreach (var one in page)
                chain.Read(one, identity.Root, Role.CommunicationTerminal);
        }

        for (var page = reader.ReadBehind(0, PageSize); page.Count > 0; page = reader.ReadBehind(page[^1].Sequence, PageSize))
        {
            life.ApplicationStopping.ThrowIfCancellationRequested();
            foreach (var entry in page)
                chain.Read(entry);
            Change(state => state with { Entries = chain.Count });
        }

        chain.End();
        return [.. chain.Findings.Select(finding => finding.Sentence)];
    }

    private CheckState Change(Func<CheckState, CheckState> change)
    {
        lock (_lock)
            return _state = change(_state!);
    }
}
