using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>
/// The first start of a new firmware (U-21): when everything answers it tests itself and commits. One that fails its test, or has not committed in time, is given up, and the
/// board resets into the firmware it had.
/// </summary>
internal sealed partial class TrialBoot(
    RunningFirmware running,
    BootMemory memory,
    BoardContent content,
    FirmwareInstallOptions options,
    BoardReset reset,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<TrialBoot> logger,
    Action<string>? reached = null) : IHostedService, IDisposable
{
    private readonly Action<string> _reached = reached ?? KillPoint.Reached;
    private readonly Lock _gate = new();
    private ITimer? _watchdog;
    private bool _decided;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!running.IsTrial)
            return Task.CompletedTask;
        _watchdog = time.CreateTimer(_ => Decide($"The new firmware did not commit within {options.CommitWithin}."), null, options.CommitWithin, Timeout.InfiniteTimeSpan);
        lifetime.ApplicationStarted.Register(Prove); // behind the last thing that starts: a firmware that nobody can reach must not stay
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _watchdog?.Dispose();

    private void Prove()
    {
        _reached(BoardKillPoints.BeforeSelfTest);
        if (content.Faults.NeverCommit.TryTake())
            return; // it hangs; the watchdog does not
        Decide(content.Faults.FailSelfTest.TryTake() ? "The new firmware failed its self-test." : SelfTest.FindProblem(content));
    }

    private void Decide(string? problem)
    {
        lock (_gate)
        {
            if (_decided)
                return;
            try
            {
                if (problem is null)
                    Commit();
                else
                    BootLoader.FallBack(memory, problem, _reached);
                _decided = true;
                _watchdog?.Dispose();
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                LogNotStored(logger, cause);
                reset.Request(); // the starts are counted: it is tried again, or given up
                return;
            }
        }

        if (problem is null)
        {
            reset.IsWatched = false;
            running.Commit();
            LogCommitted(logger, running.Version);
            return;
        }

        LogFellBack(logger, problem);
        reset.Request();
    }

    private void Commit()
    {
        _reached(BoardKillPoints.BeforeCommit);
        memory.Change(record => record with
        {
            Active = running.Slot!.Value,
            Trial = null,
            BootsLeft = 0,
            HasSpare = true,
            Floor = Math.Max(record.Floor, running.Header?.Manifest.MinimumSequence ?? 0),
            Sequence = running.Sequence,
            FallBack = null,
        });
        _reached(BoardKillPoints.AfterCommit);
    }

    [LoggerMessage(414, LogLevel.Information, "Firmware {Version} has committed")]
    private static partial void LogCommitted(ILogger logger, string version);

    [LoggerMessage(416, LogLevel.Error, "What became of the new firmware can't be stored in the boot record; the board resets")]
    private static partial void LogNotStored(ILogger logger, Exception cause);

    [LoggerMessage(415, LogLevel.Error, "The board falls back: {Reason}")]
    private static partial void LogFellBack(ILogger logger, string reason);
}

/// <summary>What a new firmware must be able to do before it may stay: read all that the board is, and present it.</summary>
internal static class SelfTest
{
    /// <summary>What it can't, a sentence; null where it can.</summary>
    public static string? FindProblem(BoardContent content)
    {
        try
        {
            _ = content.Terms();
            _ = content.State;
            return null;
        }
        catch (Exception cause) when (cause is IOException or Protocol.ProvisioningException or System.Security.Cryptography.CryptographicException)
        {
            return $"The new firmware failed its self-test: {cause.Message}";
        }
    }
}
