using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>How a board's write ended.</summary>
internal readonly record struct WriteOutcome(bool Succeeded, string Detail);

/// <summary>Asks a board for the result of its write until it has one. Quick at first: a fast flash is done in milliseconds.</summary>
internal sealed class ResultPolling(BoardCableOptions options, BoardCable cable, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for the result about <paramref name="fingerprint"/>. A board that stops answering may come back and is asked again.</summary>
    /// <param name="connection">The connection the write went over.</param>
    /// <param name="fingerprint">Of the certificate being written.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The outcome, or null where the board knows nothing of such a write: its power went before it noted it.</returns>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.BoardUnavailable"/> where it does not come back.</exception>
    public async Task<(BoardConnection Connection, WriteOutcome? Outcome)> WaitAsync(
        BoardConnection connection,
        Fingerprint fingerprint,
        CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            try
            {
                var result = await connection.CallAsync<GetWriteResultRequest, GetWriteResultResponse>(StationCall.GetResult, new GetWriteResultRequest(), cancellationToken);
                if (result.State != WriteState.Writing)
                    return (connection, await JudgeAsync(connection, result, fingerprint, cancellationToken));
            }
            catch (ProvisioningException lost) when (lost.Code == ErrorCode.BoardUnavailable && time.GetElapsedTime(start) < options.WriteTimeout)
            {
                connection = await cable.WaitForReturnAsync(StationCall.Identify, cancellationToken);
                await PauseAsync();
                continue;
            }

            if (time.GetElapsedTime(start) > options.WriteTimeout)
                return (connection, new WriteOutcome(false, $"The board did not finish writing within {options.WriteTimeout.TotalSeconds:0} seconds."));
            await PauseAsync();
        }

        async Task PauseAsync()
        {
            await Task.Delay(pause, time, cancellationToken);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    private static async Task<WriteOutcome?> JudgeAsync(
        BoardConnection connection,
        GetWriteResultResponse result,
        Fingerprint fingerprint,
        CancellationToken cancellationToken)
    {
        if (result.CertificateFingerprint == fingerprint && result.State != WriteState.Idle)
            return new WriteOutcome(result.State == WriteState.Succeeded, result.Detail ?? result.State.ToString());
        await connection.AskAsync(StationCall.Identify, cancellationToken);
        return connection.Information.CertificateFingerprint == fingerprint || connection.Information.CommonCertificateFingerprint == fingerprint
            ? new WriteOutcome(true, "It is in place; its result had been acknowledged.")
            : null;
    }
}
