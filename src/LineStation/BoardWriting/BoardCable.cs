using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.LineStation.BoardWriting;

/// <summary>The cable: holds the connection to the board that is on it, so that a scan finds it made. Used by the line's one worker only.</summary>
internal sealed class BoardCable(BoardCableOptions options, NetworkPort port, TlsIdentity identity, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private BoardConnection? _current;

    /// <summary>The board on the cable, over the connection that is open if it still answers and still presents what the board has.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.BoardUnavailable"/>, <see cref="ErrorCode.ForeignBoard"/>.</exception>
    public async Task<BoardConnection> LookAsync(CancellationToken cancellationToken)
    {
        if (_current is not { } held)
            return await LookAfreshAsync(StationCall.Identify, cancellationToken);
        try
        {
            if (port.FindProblem() is { } problem)
                throw new ProvisioningException(ErrorCode.BoardUnavailable, problem); // at the other end of a cable that was out, another board may be now
            await held.AskAsync(StationCall.Identify, cancellationToken);
            if (IsCurrent(held))
                return held;
        }
        catch (ProvisioningException)
        {
            // Lost; perhaps another board is there now.
        }
        catch (OperationCanceledException)
        {
            Drop();
            throw;
        }

        return await LookAfreshAsync(StationCall.Identify, cancellationToken);
    }

    /// <summary>The board on the cable over a new connection.</summary>
    /// <inheritdoc cref="LookAsync"/>
    public async Task<BoardConnection> LookAfreshAsync(StationCall call, CancellationToken cancellationToken)
    {
        Drop();
        return _current = await BoardConnection.OpenAsync(options, port, identity, call, cancellationToken);
    }

    /// <summary>As <see cref="LookAfreshAsync"/>, for a board that was there a moment ago: waits for it to come back as long as the options allow.</summary>
    public Task<BoardConnection> WaitForReturnAsync(StationCall call, CancellationToken cancellationToken) => WaitForReturnAsync(call, options.ReturnTimeout, cancellationToken);

    /// <summary>As <see cref="LookAfreshAsync"/>, for a board that starts again: waits for it as long as <paramref name="within"/>.</summary>
    public async Task<BoardConnection> WaitForReturnAsync(StationCall call, TimeSpan within, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await LookAfreshAsync(call, cancellationToken);
            }
            catch (ProvisioningException missing) when (missing.Code == ErrorCode.BoardUnavailable && time.GetElapsedTime(start) < within)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Drop()
    {
        _current?.Dispose();
        _current = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Drop();

    private static bool IsCurrent(BoardConnection connection) => connection.Peer.Role switch
    {
        Role.Device => connection.Peer.Fingerprint == connection.Information.CertificateFingerprint,
        Role.Board => connection.Information.CertificateFingerprint is null,
        _ => connection.Information.State == Protocol.Board.BoardState.Blank,
    };
}
