using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;

namespace ProvisioningStation.Board.CertificateWriting;

/// <summary>
/// Takes a pack, answers receipt at once, then writes it in the background and keeps the result until it is acknowledged (P-16, P-19), power cuts included:
/// the intent is in NVRAM before the flash is touched, and a start that finds an intent without a result looks at what is really in flash.
/// </summary>
internal sealed partial class PackWriter : IAsyncDisposable
{
    private readonly BoardContent _content;
    private readonly string _resultFile;
    private readonly BoardOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<PackWriter> _logger;
    private readonly Lock _gate = new();
    private Task _writing = Task.CompletedTask;
    private WriteResult _result;

    public PackWriter(BoardContent content, MemoryMap map, BoardOptions options, TimeProvider time, ILogger<PackWriter> logger)
    {
        _content = content;
        _resultFile = map.WriteResult;
        _options = options;
        _time = time;
        _logger = logger;
        _result = WriteResult.Read(_resultFile);
        if (_result.State == WriteState.Writing)
            SettleInterrupted();
    }

    /// <summary>How the last write went, or that it is under way.</summary>
    public WriteResult Result
    {
        get
        {
            lock (_gate)
                return _result;
        }
    }

    /// <summary>Receives <paramref name="pack"/> and begins to write it. The same pack again is received again.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.BoardBusy"/> while another one is being written.</exception>
    public void Receive(CertificatePack pack)
    {
        var fingerprint = pack.Fingerprint;
        lock (_gate)
        {
            if (_result.State == WriteState.Writing)
            {
                var same = _result.IsAbout(fingerprint);
                pack.ClearPrivateKey();
                if (!same)
                    throw new ProvisioningException(ErrorCode.BoardBusy, "The board is writing another certificate. Ask for its result first.");
                return;
            }

            if (InPlace(fingerprint))
            {
                pack.ClearPrivateKey();
                Settle(WriteResult.Of(WriteState.Succeeded, "It was in place already.", fingerprint));
                return;
            }

            _result = WriteResult.Of(WriteState.Writing, null, fingerprint);
            _writing = Task.Run(() => WriteAsync(pack, fingerprint));
        }
    }

    /// <summary>The board's open request for <paramref name="number"/>, or a new one (P-28).</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.BoardBusy"/> while a certificate is being written.</exception>
    public byte[] Request(MachineNumber number)
    {
        lock (_gate)
        {
            return _result.State != WriteState.Writing
                ? _content.RequestCertificate(number).CertificateRequest
                : throw new ProvisioningException(ErrorCode.BoardBusy, "The board is writing a certificate. Ask for its result first.");
        }
    }

    /// <summary>Forgets the result; while writing there is none to forget.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.BoardBusy"/>.</exception>
    public void Acknowledge()
    {
        lock (_gate)
        {
            if (_result.State == WriteState.Writing)
                throw new ProvisioningException(ErrorCode.BoardBusy, "The board is writing. There is no result to acknowledge yet.");
            KillPoint.Reached(BoardKillPoints.BeforeAcknowledge);
            if (_result.State != WriteState.Idle)
                Settle(WriteResult.Idle);
            KillPoint.Reached(BoardKillPoints.AfterAcknowledge);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _writing;

    private async Task WriteAsync(CertificatePack pack, Fingerprint fingerprint)
    {
        WriteResult result;
        try
        {
            KillPoint.Reached(BoardKillPoints.BeforeIntent);
            WriteResult.Of(WriteState.Writing, null, fingerprint).Write(_resultFile);
            KillPoint.Reached(BoardKillPoints.AfterIntent);
            if (_options.WriteDelay > TimeSpan.Zero)
                await Task.Delay(_options.WriteDelay, _time);
            if (pack.MachineNumber is null)
                _content.WriteCommon(pack);
            else if (!_content.Faults.ClaimSuccess.TryTake())
                _content.WriteOwn(pack);
            result = WriteResult.Of(WriteState.Succeeded, "Written, read back and checked.", fingerprint);
            LogWritten(_logger, pack.MachineNumber?.ToString() ?? "common", fingerprint);
        }
        catch (Exception cause)
        {
            result = WriteResult.Of(WriteState.Failed, cause is ProvisioningException ? cause.Message : $"The flash could not be written: {cause.Message}", fingerprint);
            LogFailed(_logger, pack.MachineNumber?.ToString() ?? "common", result.Detail!, cause is ProvisioningException ? null : cause);
        }
        finally
        {
            pack.ClearPrivateKey();
        }

        lock (_gate)
        {
            KillPoint.Reached(BoardKillPoints.BeforeResult);
            Settle(result);
            KillPoint.Reached(BoardKillPoints.AfterResult);
        }
    }

    private void SettleInterrupted()
    {
        var fingerprint = Fingerprint.Parse(_result.CertificateFingerprint);
        Settle(InPlace(fingerprint)
            ? WriteResult.Of(WriteState.Succeeded, "Written, then the power was lost; checked after the start.", fingerprint)
            : WriteResult.Of(WriteState.Failed, "The power was lost during the write. The board has what it had before.", fingerprint));
    }

    private void Settle(WriteResult result)
    {
        try
        {
            result.Write(_resultFile);
        }
        catch (IOException cause)
        {
            LogNotKept(_logger, cause); // it is still told to whoever asks before the next power cut
        }

        _result = result;
    }

    private bool InPlace(Fingerprint fingerprint) => _content.Own?.Fingerprint == fingerprint || _content.Common?.Fingerprint == fingerprint;

    [LoggerMessage(400, LogLevel.Information, "Wrote certificate {Owner}, fingerprint {Fingerprint}")]
    private static partial void LogWritten(ILogger logger, string owner, Fingerprint fingerprint);

    [LoggerMessage(401, LogLevel.Error, "Could not write certificate {Owner}: {Reason}")]
    private static partial void LogFailed(ILogger logger, string owner, string reason, Exception? cause);

    [LoggerMessage(402, LogLevel.Error, "The write's result could not be kept in NVRAM")]
    private static partial void LogNotKept(ILogger logger, Exception cause);
}
