using System.Net;
using System.Net.Sockets;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>
/// The control connection: one command, one answer (or two: one at the beginning of a transfer, one at its end). What breaks that order ends the connection, because every later answer could belong to
/// another command.
/// </summary>
internal sealed class FtpControl : IDisposable
{
    private readonly FtpEndpoint _endpoint;
    private readonly Socket _socket;
    private readonly FtpReplyParser _parser = new();
    private readonly byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;
    private string? _broken;

    private FtpControl(FtpEndpoint endpoint, Socket socket, FtpTimeouts timeouts, TimeProvider time) => (_endpoint, _socket, Timeouts, Time) = (endpoint, socket, timeouts, time);

    public FtpTimeouts Timeouts { get; }

    public TimeProvider Time { get; }

    /// <summary>The password, once it was said: a server that repeats it must not bring it into a log.</summary>
    public string? Secret { get; set; }

    /// <summary>Whether the server is reached by IPv4, where PASV can say all there is to say.</summary>
    public bool IsIPv4 => _endpoint.Address.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>Connects, and hears the greeting.</summary>
    public static async Task<FtpControl> ConnectAsync(FtpEndpoint endpoint, FtpTimeouts timeouts, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = await ConnectAsync(endpoint, endpoint.Address, "for a session", timeouts.Connect, time, cancellationToken);
        var control = new FtpControl(endpoint, socket, timeouts, time);
        try
        {
            await control.ReadReplyAsync("for a session", [220], timeouts.Reply, cancellationToken);
            return control;
        }
        catch
        {
            control.Dispose();
            throw;
        }
    }

    /// <summary>A data connection to <paramref name="port"/>. It always goes to the address that was asked, so that no answer can send it to somebody else.</summary>
    public async Task<Socket> ConnectDataAsync(int port, string asked, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectAsync(_endpoint, new IPEndPoint(_endpoint.Address.Address, port), $"{asked}, over its port {port} for data,", Timeouts.Connect, Time, cancellationToken);
        }
        catch (FtpException failure)
        {
            throw Break(failure);
        }
    }

    /// <summary>Sends a command and reads its answer, which must have one of the codes <paramref name="good"/>.</summary>
    public async Task<FtpReply> AskAsync(FtpCommand command, int[] good, CancellationToken cancellationToken)
    {
        await SendAsync(command, cancellationToken);
        return await ReadReplyAsync(command.Asked, good, Timeouts.Reply, cancellationToken);
    }

    /// <summary>Sends a command. Nothing may have been said by the server since its last answer; only where a transfer goes on (<paramref name="answerIsDue"/>) its end may come at any time.</summary>
    public async Task SendAsync(FtpCommand command, CancellationToken cancellationToken, bool answerIsDue = false)
    {
        var line = command.Encode();
        if (_broken is not null)
            throw new FtpException($"{Server} can't be asked {command.Asked}: the connection was given up. {_broken}");
        if (!answerIsDue && (_start < _end || _parser.IsInside || _socket.Available > 0))
        {
            var reply = await ReadReplyAsync(command.Asked, Timeouts.Reply, cancellationToken);
            throw Break($"{Server} was about to be asked {command.Asked}, and said without being asked: {reply}", reply);
        }

        using var limit = new TimeLimit(Timeouts.Reply, Time, cancellationToken);
        await GuardAsync(command.Asked, limit, async () =>
        {
            await _socket.SendAsync(line, limit.Token);
            return true;
        });
    }

    /// <summary>Reads an answer, which must have one of the codes <paramref name="good"/>.</summary>
    public async Task<FtpReply> ReadReplyAsync(string asked, int[] good, TimeSpan within, CancellationToken cancellationToken)
    {
        var reply = await ReadReplyAsync(asked, within, cancellationToken);
        return good.Contains(reply.Code) ? reply : throw Refuse(asked, reply);
    }

    /// <summary>Reads an answer of any code.</summary>
    public async Task<FtpReply> ReadReplyAsync(string asked, TimeSpan within, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(within, Time, cancellationToken);
        return await ReadReplyAsync(asked, limit);
    }

    /// <inheritdoc cref="ReadReplyAsync(string, TimeSpan, CancellationToken)"/>
    public Task<FtpReply> ReadReplyAsync(string asked, TimeLimit limit) => GuardAsync(asked, limit, async () =>
    {
        while (true)
        {
            var reply = _parser.Read(_buffer.AsSpan(_start, _end - _start), out var taken);
            _start += taken;
            if (reply is not null)
                return string.IsNullOrEmpty(Secret) ? reply : reply with { Lines = [.. reply.Lines.Select(line => line.Replace(Secret, "(password)", StringComparison.Ordinal))] };
            (_start, _end) = (0, 0);
            _end = await _socket.ReceiveAsync(_buffer, limit.Token);
            if (_end == 0)
                throw new EndOfStreamException();
        }
    });

    /// <summary>The error for an answer that is none of the wanted ones. A refusal (4xx, 5xx) leaves the connection in order; anything else, and 421, ends it.</summary>
    public FtpException Refuse(string asked, FtpReply reply) =>
        reply.Code switch
        {
            421 => Break(asked, $"ended the session: {reply}", reply),
            >= 400 => new FtpException($"{Server} was asked {asked}, and refused: {reply}", reply),
            _ => Break(asked, $"gave an answer that does not belong to it: {reply}", reply),
        };

    /// <summary>Gives the connection up; <paramref name="what"/> goes on "the server".</summary>
    public FtpException Break(string asked, string what, FtpReply? reply = null, Exception? cause = null) => Break($"{Server} was asked {asked}, and {what}", reply, cause);

    public void Dispose()
    {
        _broken ??= "It was closed.";
        _socket.Dispose();
    }

    private string Server => $"The FTP server {_endpoint}";

    private static async Task<Socket> ConnectAsync(FtpEndpoint endpoint, IPEndPoint target, string asked, TimeSpan within, TimeProvider time, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        using var limit = new TimeLimit(within, time, cancellationToken);
        try
        {
            socket = endpoint.Port.Open(target.AddressFamily);
            await socket.ConnectAsync(target, limit.Token);
            return socket;
        }
        catch (Exception failure)
        {
            socket?.Dispose();
            var why = failure switch
            {
                OperationCanceledException when limit.HasPassed => $"no connection stood within {within.TotalSeconds:0.#} s.",
                NetworkPortException => failure.Message,
                SocketException => $"there is no connection: {failure.Message}.",
                _ => null,
            };
            if (why is null)
                throw;
            throw new FtpException($"The FTP server {endpoint} was to be asked {asked} but {why}", cause: failure);
        }
    }

    private async Task<T> GuardAsync<T>(string asked, TimeLimit limit, Func<Task<T>> exchangeAsync)
    {
        try
        {
            return await exchangeAsync();
        }
        catch (FormatException wrong)
        {
            throw Break(asked, $"answered what is not FTP: {wrong.Message}.");
        }
        catch (OperationCanceledException) when (limit.HasPassed)
        {
            throw Break(asked, $"did not answer within {limit.Length.TotalSeconds:0.#} s.");
        }
        catch (OperationCanceledException)
        {
            Break($"Giving up was asked for while {Server} was asked {asked}.");
            throw;
        }
        catch (Exception failure) when (failure is SocketException or EndOfStreamException or ObjectDisposedException)
        {
            throw Break(asked, "ended the connection instead of an answer.", cause: failure);
        }
    }

    private FtpException Break(string message, FtpReply? reply = null, Exception? cause = null) => Break(new FtpException(message, reply, cause));

    private FtpException Break(FtpException failure)
    {
        _broken ??= failure.Message;
        _socket.Dispose();
        return failure;
    }
}
