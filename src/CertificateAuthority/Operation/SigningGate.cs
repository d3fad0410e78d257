using System.Text;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Operation;

/// <summary>One thing that has stopped signing.</summary>
/// <param name="Key">What it is, for recognising it again.</param>
/// <param name="Reason">What it is, for people.</param>
internal sealed record StopReason(string Key, string Reason);

/// <summary>
/// Whether this CA may sign. Once something was found that only a person can judge (a damaged page, a broken audit chain, a database that was put back) it is closed, across restarts, until an
/// administrator opens it; what the administrator has accepted does not close it again, anything new does. Both stand in files of their own, because the database may be what is broken.
/// </summary>
internal sealed class SigningGate
{
    private const string Condition = "signing";
    private const char Separator = '\t';

    private readonly string _stoppedFile;
    private readonly string _acceptedFile;
    private readonly HealthState _health;
    private readonly ClockGuard _clock;
    private readonly Lock _lock = new();
    private volatile StopReason[] _stopped;
    private volatile StopReason[] _accepted;

    public SigningGate(DataDirectory data, HealthState health, ClockGuard clock)
    {
        _stoppedFile = data.Resolve("signing-stopped");
        _acceptedFile = data.Resolve("signing-accepted");
        _health = health;
        _clock = clock;
        _accepted = Read(_acceptedFile);
        _stopped = Read(_stoppedFile);
        Say();
    }

    /// <summary>Why nothing is signed; null while it is open.</summary>
    public string? Reason => _stopped is [var first, ..] ? first.Reason : _clock.Problem;

    /// <summary>Everything that has stopped signing.</summary>
    public IReadOnlyList<string> Reasons => [.. _stopped.Select(stop => stop.Reason), .. _clock.Problem is { } behind ? (string[])[behind] : []];

    /// <summary>What administrators have accepted so far.</summary>
    public IReadOnlyList<string> Accepted => [.. _accepted.Select(stop => stop.Reason)];

    /// <summary>Passes while the gate is open. Asked before anything is signed.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.SigningStopped"/> with the reason.</exception>
    public void Require()
    {
        if (Reason is { } reason)
            throw new ProvisioningException(ErrorCode.SigningStopped, $"This CA has stopped signing: {reason} An administrator has to decide (stationctl ca signing resume).");
    }

    /// <summary>Closes the gate, unless an administrator has accepted this very finding before.</summary>
    /// <param name="reason">What was found, for people.</param>
    /// <param name="key">What makes it the same finding at the next check; the reason itself where it is left out.</param>
    /// <returns>Whether it was new.</returns>
    public bool Stop(string reason, string? key = null)
    {
        reason = reason.ReplaceLineEndings(" ").Replace(Separator, ' ');
        var stop = new StopReason(key ?? reason, reason);
        lock (_lock)
        {
            if (_stopped.Concat(_accepted).Any(known => known.Key == stop.Key))
                return false;
            _stopped = [.. _stopped, stop];
            Say();
            Write(_stoppedFile, _stopped);
            return true;
        }
    }

    /// <summary>Opens the gate again: an administrator's decision, which the caller has recorded.</summary>
    public void Resume()
    {
        lock (_lock)
        {
            StopReason[] accepted = [.. _accepted, .. _stopped];
            Write(_acceptedFile, accepted);
            File.Delete(_stoppedFile);
            _accepted = accepted;
            _stopped = [];
            _clock.Accept();
            Say();
        }
    }

    private static StopReason[] Read(string file) => !File.Exists(file)
        ? []
        : [.. File.ReadLines(file).Where(line => line.Length > 0).Select(line => line.Split(Separator, 2)).Select(parts => new StopReason(parts[0], parts[^1]))];

    private static void Write(string file, StopReason[] reasons) =>
        DurableFile.Write(file, Encoding.UTF8.GetBytes(string.Concat(reasons.Select(stop => $"{stop.Key}{Separator}{stop.Reason}\n"))));

    private void Say()
    {
        if (_stopped.Length == 0)
            _health.Clear(Condition);
        else
            _health.Report(Condition, "Nothing is signed: " + string.Join(" ", _stopped.Select(stop => stop.Reason)));
    }
}
