using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>
/// Watches the network port that the cross cable is plugged into. A port that is missing, switched off or without a link shows in the station's health under <see cref="Condition"/>,
/// and a link that comes up is told at once, so that the board behind it is looked at without waiting for the next look.
/// </summary>
internal sealed partial class CableLink(NetworkPort port, HealthState health, TimeProvider time, ILogger<CableLink> logger) : BackgroundService
{
    /// <summary>The condition in the station's health.</summary>
    public const string Condition = "cable";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private TaskCompletionSource _pluggedIn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _problem;

    /// <summary>Completes when a link comes up that was not there.</summary>
    public Task PluggedIn => Volatile.Read(ref _pluggedIn).Task;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!port.IsBound)
            return;
        using var timer = new PeriodicTimer(Interval, time);
        do
            Look();
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Look()
    {
        var problem = port.FindProblem();
        if (problem == _problem)
            return;
        _problem = problem;
        if (problem is not null)
        {
            health.Report(Condition, problem);
            LogProblem(logger, problem);
            return;
        }

        health.Clear(Condition);
        LogPluggedIn(logger, port.Name ?? "any");
        Interlocked.Exchange(ref _pluggedIn, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    [LoggerMessage(320, LogLevel.Information, "{Problem}")]
    private static partial void LogProblem(ILogger logger, string problem);

    [LoggerMessage(321, LogLevel.Information, "The cross cable on network interface {Name} is plugged in")]
    private static partial void LogPluggedIn(ILogger logger, string name);
}
