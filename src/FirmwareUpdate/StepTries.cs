using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.FirmwareUpdate;

/// <summary>Tries one step until it succeeds, its time is over, or it is said that it never will. By a clock that nobody can set.</summary>
internal sealed class StepTries(UpdateLimits limits, TimeProvider time)
{
    /// <summary>Tries <paramref name="tryOnceAsync"/> within <paramref name="within"/>; <paramref name="restAsync"/> waits between two tries.</summary>
    /// <param name="run">Whose step.</param>
    /// <param name="record">For what is shown.</param>
    /// <param name="within">The step's time.</param>
    /// <param name="what">What did not succeed, for the message: "sharing the password".</param>
    /// <param name="tryOnceAsync">One try; it may be repeated.</param>
    /// <param name="restAsync">The wait; by default that of the run.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ProvisioningException">
    /// A failure that no other try will mend; where the time is over <see cref="ErrorCode.BoardUnavailable"/>, <see cref="ErrorCode.BoardBusy"/> or <see cref="ErrorCode.UpdateFailed"/>, by what the last try met.
    /// </exception>
    public async Task<T> RunAsync<T>(
        UpdateRun run, UpdateRecord record, TimeSpan within, string what, Func<CancellationToken, Task<T>> tryOnceAsync, Func<TimeSpan, CancellationToken, Task>? restAsync, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var pause = limits.FirstPause;
        Exception? last = null;
        try
        {
            while (true)
            {
                try
                {
                    return await tryOnceAsync(either.Token);
                }
                catch (Exception cause) when (IsPassing(cause))
                {
                    last = cause;
                    run.Show(record, cause.Message, run.Progress?.Percent, IsAway(cause));
                }

                if (run.HasAdvanced)
                    pause = limits.FirstPause;
                run.HasAdvanced = false;
                await (restAsync ?? run.PauseAsync)(pause, either.Token);
                pause = pause * 2 < limits.LongestPause ? pause * 2 : limits.LongestPause;
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ProvisioningException(IsAway(last) ? ErrorCode.BoardUnavailable : IsBusy(last) ? ErrorCode.BoardBusy : ErrorCode.UpdateFailed, $"{what} did not succeed within {within}. {last?.Message}".TrimEnd(), last);
        }
    }

    /// <summary>Whether the same try may succeed later: nobody answered, or who did said "not now".</summary>
    public static bool IsPassing(Exception cause) => cause switch
    {
        FtpException { Reply: null or { Code: < 500 } } => true,
        FtpException => false,
        ProvisioningException known => known.Code is ErrorCode.BoardUnavailable or ErrorCode.BoardBusy || (known is { SaidByPeer: true, Code: ErrorCode.Conflict or ErrorCode.StorageFull or ErrorCode.Internal, InnerException: not FtpException }), // over FTP no room is said for good
        NetworkPortException => true,
        _ => false,
    };

    private static bool IsAway(Exception? cause) => cause is FtpException { Reply: null } or ProvisioningException { SaidByPeer: false, Code: ErrorCode.BoardUnavailable } or NetworkPortException;

    private static bool IsBusy(Exception? cause) => cause is ProvisioningException { Code: ErrorCode.BoardBusy or ErrorCode.Conflict };
}
