using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.Hosting.Audit;

/// <summary>
/// Events that are no change of their own (reads, refusals): all that wait while one transaction is written go into the next one together, so that many callers share one write to the disk.
/// Who awaits an event has it on the disk.
/// </summary>
public sealed class AuditGathering(AuditTrail audit, Database database)
{
    private const int MaxInOneTransaction = 500;

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _writing;

    /// <summary>Appends an event; completes when it is stored.</summary>
    public Task AppendAsync(string actor, string action, string subject, string outcome, string detail)
    {
        var waiting = new Waiting(actor, action, subject, outcome, detail);
        lock (_lock)
        {
            _waiting.Enqueue(waiting);
            if (!_writing)
            {
                _writing = true;
                _ = WriteAllAsync();
            }
        }

        return waiting.Stored.Task;
    }

    private async Task WriteAllAsync()
    {
        while (Take() is { Count: > 0 } together)
        {
            try
            {
                await database.WriteAsync(
                    (connection, transaction) =>
                    {
                        foreach (var one in together)
                            audit.Append(connection, transaction, one.Actor, one.Action, one.Subject, one.Outcome, one.Detail);
                    },
                    CancellationToken.None);
                together.ForEach(one => one.Stored.SetResult());
            }
            catch (Exception cause) // each of them has to hear of it, and the next ones have to be tried
            {
                together.ForEach(one => one.Stored.SetException(cause));
            }
        }
    }

    private List<Waiting> Take()
    {
        lock (_lock)
        {
            var together = new List<Waiting>(Math.Min(_waiting.Count, MaxInOneTransaction));
            while (together.Count < MaxInOneTransaction && _waiting.TryDequeue(out var one))
                together.Add(one);
            _writing = together.Count > 0;
            return together;
        }
    }

    private sealed record Waiting(string Actor, string Action, string Subject, string Outcome, string Detail)
    {
        public TaskCompletionSource Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
