namespace ProvisioningStation.SystemTests.Fixtures;

/// <summary>
/// The machine's network interfaces, while tests run side by side. A browser gives up what it loads (ERR_NETWORK_CHANGED) when one comes or goes, and cross cables are interfaces: so either browsers are open
/// or cables are laid, any number of one kind at a time. What waits for the other kind waits in its fixture, where no test's time runs.
/// </summary>
internal static class NetworkInterfaces
{
    private static readonly SemaphoreSlim Kind = new(1, 1);
    private static readonly Group Browsers = new();
    private static readonly Group Cables = new();

    /// <summary>None comes or goes until the result is disposed.</summary>
    public static Task<IDisposable> KeepAsync() => Browsers.EnterAsync();

    /// <summary>They may come and go until the result is disposed.</summary>
    public static Task<IDisposable> ChangeAsync() => Cables.EnterAsync();

    private sealed class Group : IDisposable
    {
        private readonly SemaphoreSlim _gate = new(1, 1);
        private int _count;

        public async Task<IDisposable> EnterAsync()
        {
            await _gate.WaitAsync();
            if (_count++ == 0)
                await Kind.WaitAsync();
            _gate.Release();
            return this;
        }

        /// <summary>One of them leaves.</summary>
        public void Dispose()
        {
            _gate.Wait();
            if (--_count == 0)
                Kind.Release();
            _gate.Release();
        }
    }
}
