using ProvisioningStation.LineStation.Journal;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Workers;

/// <summary>
/// Badges at the scanner: the first one signs its worker in, the same one again signs out, another one takes the line over. Each is a row of the journal.
/// It says who worked (P-31), it keeps nobody away: a badge is no secret, and the station's own certificate is what the terminal trusts.
/// </summary>
internal sealed class SignIn(WorkersOptions options, SignedInWorker worker, LineJournal journal, TimeProvider time)
{
    /// <summary>Whether badges mean anything at this line.</summary>
    public bool IsAsked => options.BadgePattern is not null;

    /// <summary>Takes a badge.</summary>
    public async Task TakeAsync(Scan badge, CancellationToken cancellationToken)
    {
        var name = Printable.Shorten(badge.Text, 64);
        if (worker.Name == name)
        {
            await SignOutAsync($"{name} signed out.", badge.Source, cancellationToken);
            return;
        }

        worker.Enter(name, time.GetUtcNow());
        await journal.RecordAsync(new JournalEntry(StationStep.SignedIn) { Message = $"{name} signed in.", Source = badge.Source }, cancellationToken);
    }

    /// <summary>Something was scanned: the worker is still there, or was away for too long.</summary>
    public async Task SeenAsync(CancellationToken cancellationToken)
    {
        await SignOutIdleAsync(cancellationToken);
        worker.Seen(time.GetUtcNow());
    }

    /// <summary>Signs out who has scanned nothing for too long.</summary>
    public async Task SignOutIdleAsync(CancellationToken cancellationToken)
    {
        if (IsIdle())
            await SignOutAsync($"{worker.Name} was signed out after {options.SignOutAfter.TotalMinutes:0.##} minutes without a scan.", null, cancellationToken);
    }

    /// <summary>Passes where work may be done: somebody is signed in, or nobody need be.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.SignInRequired"/>.</exception>
    public void Require()
    {
        if (options.Required && worker.Name is null)
            throw new ProvisioningException(ErrorCode.SignInRequired, "Nobody is signed in at this line.");
    }

    private bool IsIdle() => worker.LastSeen is { } last && time.GetUtcNow() - last > options.SignOutAfter;

    private async Task SignOutAsync(string message, ScanSource? source, CancellationToken cancellationToken)
    {
        await journal.RecordAsync(new JournalEntry(StationStep.SignedOut) { Message = message, Source = source }, cancellationToken); // the last row with the name
        worker.Leave();
    }
}
