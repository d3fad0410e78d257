using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.Ftp;

/// <summary>The board's FTP: a port that is open exactly while a one-time password is armed, and closed before the caller that erases it has an answer.</summary>
internal sealed partial class FtpServer(
    UpdatePassword password, FirmwareInbox inbox, RunningFirmware running, FtpOptions options, ListenOptions listen, TimeProvider time, HealthState health, ILogger<FtpServer> logger) : IHostedService, IDisposable
{
    private const string Condition = "ftp";

    private readonly Lock _gate = new();
    private FtpListener? _open;
    private bool _stopped;
    private Task _closing = Task.CompletedTask;

    /// <summary>Where it listens now, null while it is closed.</summary>
    public IPEndPoint? EndPoint
    {
        get
        {
            lock (_gate)
                return _open?.EndPoint;
        }
    }

    /// <summary>Opens the port where a password was stored before the start; a firmware that is on trial opens none before it has committed, because nobody can say yet what runs.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = OpenAsync();
        return Task.CompletedTask;
    }

    /// <summary>Closes it and waits until the session is over.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        await _closing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            _stopped = true;
        Follow(null);
    }

    private async Task OpenAsync()
    {
        await running.Committed;
        try
        {
            password.Follow(Follow);
        }
        catch (ProvisioningException cause)
        {
            LogNotOpen(logger, cause.Message); // the board does all the rest, and says so in its health
        }
    }

    private void Follow(FtpDoor? door)
    {
        lock (_gate)
        {
            if (_open is { } open)
            {
                open.Dispose();
                _closing = Task.WhenAll(_closing, open.Done);
                _open = null;
            }

            if (door is null || _stopped)
                return;
            var address = new IPEndPoint(IPAddress.Parse(listen.Address), options.Port);
            try
            {
                _open = new FtpListener(address, door, socket => new FtpSession(socket, password, inbox, options, time, logger));
            }
            catch (SocketException cause)
            {
                var problem = $"The FTP port {address} can't be opened: {cause.Message}. End what listens there, or choose another (Ftp:Port).";
                health.Report(Condition, problem);
                throw new ProvisioningException(ErrorCode.Unreachable, problem, cause);
            }

            health.Clear(Condition);
            LogOpen(logger, _open.EndPoint.ToString());
        }
    }

    [LoggerMessage(430, LogLevel.Information, "FTP listens on {Address}")]
    private static partial void LogOpen(ILogger logger, string address);

    [LoggerMessage(431, LogLevel.Error, "{Problem}")]
    private static partial void LogNotOpen(ILogger logger, string problem);
}
