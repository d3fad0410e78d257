namespace ProvisioningStation.CommunicationTerminal.StationApi;

/// <summary>
/// Serves each line's requests one after the other in the order in which they arrived (P-14), over however many connections they come; lines do not wait for each other.
/// A request whose caller has gone leaves its place, and nobody behind it comes earlier by that.
/// </summary>
internal sealed class ArrivalOrder
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);

    /// <summary>Runs <paramref name="work"/> when all earlier ones of <paramref name="line"/> are done.</summary>
    public async Task<T> ServeAsync<T>(string line, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_gate)
        {
            before = _last.GetValueOrDefault(line, Task.CompletedTask);
            _last[line] = done.Task;
        }

        try
        {
            await before.WaitAsync(cancellationToken);
            return await work();
        }
        finally
        {
            _ = before.ContinueWith(static (_, own) => ((TaskCompletionSource)own!).SetResult(), done, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
