using ProvisioningStation.Protocol.LineStation;

namespace ProvisioningStation.LineStation.Workers;

/// <summary>Who works at this line now; every row of the journal carries the name (P-31).</summary>
internal sealed class SignedInWorker
{
    private volatile Presence? _presence;

    /// <summary>The worker's id, as on the badge; null where nobody is signed in.</summary>
    public string? Name => _presence?.Name;

    /// <summary>When the worker scanned last, UTC.</summary>
    public DateTimeOffset? LastSeen => _presence?.LastSeen;

    /// <summary>Signs in.</summary>
    public void Enter(string name, DateTimeOffset now) => _presence = new Presence(name, now);

    /// <summary>The worker has scanned something.</summary>
    public void Seen(DateTimeOffset now) => _presence = _presence is { } here ? here with { LastSeen = now } : null;

    /// <summary>Signs out.</summary>
    public void Leave() => _presence = null;

    /// <summary>Takes up where an earlier run of this station ended: with its last event.</summary>
    public void Restore(StationEvent last) =>
        _presence = last.Worker is null || last.Step == StationStep.SignedOut ? null : new Presence(last.Worker, last.Time);

    private sealed record Presence(string Name, DateTimeOffset LastSeen);
}
