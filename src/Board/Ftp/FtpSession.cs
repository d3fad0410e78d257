using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.Ftp;

/// <summary>One client from its connection to its end: reads a line, has the verb answer it, sends the answer.</summary>
internal sealed partial class FtpSession : IAsyncDisposable
{
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(1);

    private readonly ControlConnection _control;
    private readonly UpdatePassword _password;
    private readonly FtpOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly Deadline _pause;
    private readonly Deadline _whole;
    private readonly IPAddress _client;
    private readonly IPAddress _here;
    private DataPort? _dataPort;
    private string? _farewell;

    public FtpSession(Socket socket, UpdatePassword password, FirmwareInbox inbox, FtpOptions options, TimeProvider time, ILogger logger)
    {
        _client = FtpDoor.Plain(((IPEndPoint)socket.RemoteEndPoint!).Address);
        _here = FtpDoor.Plain(((IPEndPoint)socket.LocalEndPoint!).Address);
        _control = new ControlConnection(socket);
        _password = password;
        _options = options;
        _time = time;
        _logger = logger;
        Inbox = inbox;
        _pause = new Deadline(time, () => End(IsLoggedIn ? "No command came for too long." : "The login took too long."));
        _whole = new Deadline(time, () => End("The session took too long."));
        _pause.Set(options.LoginTimeout);
        _whole.Set(options.SessionLimit);
    }

    /// <summary>The board's images and versions.</summary>
    public FirmwareInbox Inbox { get; }

    /// <summary>What USER said; null before.</summary>
    public string? Id { get; set; }

    /// <summary>Whether PASS was right.</summary>
    public bool IsLoggedIn { get; private set; }

    /// <summary>Whether QUIT was said.</summary>
    public bool HasQuit { get; set; }

    /// <summary>TYPE I; else TYPE A, as every session begins (RFC 959, 3.1.1.5).</summary>
    public bool IsBinary { get; set; }

    /// <summary>Where relative paths begin.</summary>
    public FtpPath Directory { get; set; } = FtpPath.Root;

    /// <summary>EPSV ALL was said: no other way to a data connection any more (RFC 2428, 4).</summary>
    public bool IsExtendedOnly { get; set; }

    /// <summary>Whether the control connection is one of IPv4.</summary>
    public bool IsVersion4 => _here.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>The address that the client has connected to.</summary>
    public IPAddress LocalAddress => _here;

    /// <summary>Where the next transfer begins; taken by it.</summary>
    public long RestartAt { get; set; }

    /// <summary>Serves the client until one of the two goes.</summary>
    public async Task RunAsync()
    {
        try
        {
            await SayAsync(new FtpReply(220, "Firmware update of this board. Log in with your Id and its one-time password."));
            while (!HasQuit && await NextAsync() is { } line)
            {
                if (IsLoggedIn)
                    _pause.Clear();
                var reply = await AnswerAsync(line);
                if (IsLoggedIn)
                    _pause.Set(_options.IdleTimeout);
                if (reply is not null)
                    await SayAsync(reply);
            }
        }
        catch (Exception cause) when (cause is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client has gone, or it is told below why it has to.
        }

        await FarewellAsync();
    }

    /// <summary>Ends the session, whatever it is doing; the client is told why.</summary>
    public void End(string why)
    {
        Interlocked.CompareExchange(ref _farewell, why, null);
        _ = _ended.CancelAsync();
    }

    /// <summary>Sends an answer before the verb's own.</summary>
    public Task SayAsync(FtpReply reply) => _control.SayAsync(reply, _ended.Token);

    /// <summary>Tries the password for <see cref="Id"/>. False as well where the port has closed over it.</summary>
    public bool TryLogIn(string password)
    {
        IsLoggedIn = Id is { } id && _password.TryLogIn(id, password);
        return IsLoggedIn;
    }

    /// <summary>Opens a passive port in the place of an earlier one; null where none is free.</summary>
    public int? OpenDataPort()
    {
        _dataPort?.Dispose();
        _dataPort = DataPort.Open(_here, _options.Passive, _client);
        return _dataPort?.Number;
    }

    /// <summary>Takes the restart's offset: it is for one transfer.</summary>
    public long TakeRestart()
    {
        var offset = RestartAt;
        RestartAt = 0;
        return offset;
    }

    /// <summary>Has <paramref name="moveAsync"/> move bytes over the data connection, meanwhile looking out for ABOR and answering STAT.</summary>
    public async Task<FtpReply> TransferAsync(Func<DataStream, Task<FtpReply>> moveAsync)
    {
        if (_dataPort is not { } port)
            return new FtpReply(425, "Say EPSV or PASV first.");
        _dataPort = null;
        using (port)
        {
            using var breaking = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
            var moving = MoveAsync(port, moveAsync, breaking.Token);
            try
            {
                await WatchAsync(moving, breaking);
            }
            catch
            {
                await breaking.CancelAsync();
                await ((Task)moving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            return await moving;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _pause.Dispose();
        _whole.Dispose();
        _dataPort?.Dispose();
        _control.Dispose();
        _ended.Dispose();
    }

    private async Task<FtpReply?> AnswerAsync(CommandLine line)
    {
        if (line.Problem is { } problem)
            return new FtpReply(500, problem);
        if (FtpVerbs.Find(line.Verb) is not { } verb)
            return new FtpReply(502, "There is no such command here.");
        LogCommand(_logger, verb.Name, Shown(verb, line.Argument));
        if (verb.NeedsLogin && !IsLoggedIn)
            return new FtpReply(530, "Log in first: USER, PASS.");
        try
        {
            return await verb.AnswerAsync(this, line.Argument);
        }
        catch (Exception cause) when (cause is not (OperationCanceledException or SocketException or ObjectDisposedException))
        {
            return Refuse(cause);
        }
    }

    /// <summary>What the log may show of an argument. Of USER and PASS nothing: people type a password in the place of their Id; and nothing that comes before the login.</summary>
    private string Shown(FtpVerb verb, string? argument) => verb.NeedsLogin && IsLoggedIn && argument is not null ? " " + Printable.Shorten(argument) : string.Empty;

    /// <summary>The answer to what went wrong: a known reason in one line, an unknown one with the id under which it is in the log.</summary>
    private FtpReply Refuse(Exception cause)
    {
        var known = ErrorTranslation.Translate(cause, _logger);
        return new FtpReply(
            known.Code switch
            {
                ErrorCode.StorageFull => 552,
                ErrorCode.BoardBusy => 450,
                ErrorCode.Conflict => 554,
                ErrorCode.Internal => 451,
                _ => 550,
            },
            known.Message);
    }

    private async Task<CommandLine?> NextAsync()
    {
        var line = await _control.PeekAsync().WaitAsync(_ended.Token);
        _control.Take();
        if (_control.IsFlooded)
            End($"A command line has more than {CommandLineParser.LongestLine} characters.");
        return line;
    }

    private async Task<FtpReply> MoveAsync(DataPort port, Func<DataStream, Task<FtpReply>> moveAsync, CancellationToken breaking)
    {
        Socket socket;
        using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(breaking))
        {
            using var limit = new Deadline(_time, waiting.Cancel);
            limit.Set(_options.DataTimeout);
            try
            {
                socket = await port.TakeAsync(waiting.Token);
            }
            catch (Exception cause) when (cause is OperationCanceledException or SocketException)
            {
                return new FtpReply(425, breaking.IsCancellationRequested ? "Aborted before the data connection came." : "No data connection came.");
            }
        }

        await using var data = new DataStream(socket, _options.DataTimeout, _options.LargestUpload, _time);
        await using var broken = breaking.Register(() => data.Break("it was aborted"));
        await SayAsync(new FtpReply(150, "The data connection is open."));
        try
        {
            return await moveAsync(data);
        }
        catch (ProvisioningException refused)
        {
            return Refuse(refused);
        }
    }

    private async Task WatchAsync(Task moving, CancellationTokenSource breaking)
    {
        while (!moving.IsCompleted)
        {
            var next = _control.PeekAsync();
            if (await Task.WhenAny(moving, next) == moving)
                return;
            switch (await next)
            {
                case null or { Verb: "ABOR" }: // ABOR stays to be answered behind the transfer's own answer (RFC 959, 5.4)
                    await breaking.CancelAsync();
                    return;
                case { Verb: "STAT", Argument: null }:
                    _control.Take();
                    LogCommand(_logger, Verbs.Stat.Verb.Name, string.Empty);
                    await SayAsync(Verbs.Stat.Describe(Inbox));
                    break;
                default:
                    return; // its turn comes when the transfer is over
            }
        }
    }

    private async Task FarewellAsync()
    {
        if (Volatile.Read(ref _farewell) is not { } farewell)
            return;
        using var limit = new CancellationTokenSource(FarewellLimit);
        try
        {
            await _control.SayAsync(new FtpReply(421, farewell), limit.Token);
        }
        catch (Exception cause) when (cause is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Nobody listens.
        }
    }

    [LoggerMessage(432, LogLevel.Debug, "FTP {Verb}{Argument}")]
    private static partial void LogCommand(ILogger logger, string verb, string argument);
}
