using ProvisioningStation.Factory.Display;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Factory.Lines;

/// <summary>Follows one station's events from now on and shows each.</summary>
public sealed class LineWatch(OperatorClient station, ILineDisplay display)
{
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private long _sequence;

    /// <summary>Passes over what happened before.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken) => _sequence = await station.FindLastEventAsync(cancellationToken);

    /// <summary>Shows events as they come, until cancelled.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await ShowAsync(LongPoll, cancellationToken);
            }
            catch (ProvisioningException)
            {
                await Task.Delay(PauseAfterFailure, cancellationToken); // the station does not answer; if it died, the launcher says so
            }
        }
    }

    /// <summary>Shows what has come and was not shown yet.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ShowAsync(TimeSpan.Zero, cancellationToken);
        }
        catch (ProvisioningException)
        {
            // The station is gone; so are its news.
        }
    }

    private async Task ShowAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        foreach (var happened in await station.GetEventsAsync(_sequence, wait, cancellationToken))
        {
            _sequence = Math.Max(_sequence, happened.Sequence);
            display.Happened(happened);
        }
    }
}
