using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>
/// The updating side's end of an FTP session (RFC 959, 2428, 3659): passive, binary, one thing at a time. Every failure of the server is an <see cref="FtpException"/> within the
/// <see cref="FtpTimeouts"/>; after one without a refusal in it, and after a cancelled call, the session is over. Nothing is believed of the server but its answers' codes: it may be anybody.
/// </summary>
public sealed class FtpClient : IAsyncDisposable
{
    /// <summary>The longest text in bytes that <see cref="ReadTextAsync"/> reads.</summary>
    public const int MaximumTextLength = 4096;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private static readonly int[] Opening = [125, 150];
    private static readonly int[] Done = [226, 250];

    private readonly FtpControl _control;
    private readonly FtpPassiveMode _passive;
    private bool _isMlsdUnknown;

    private FtpClient(FtpControl control) => (_control, _passive) = (control, new FtpPassiveMode(control));

    /// <summary>Connects to <paramref name="endpoint"/>, and hears the server's greeting.</summary>
    /// <exception cref="FtpException">Nobody is there, or no FTP server that is ready.</exception>
    public static async Task<FtpClient> ConnectAsync(FtpEndpoint endpoint, FtpTimeouts timeouts, TimeProvider time, CancellationToken cancellationToken) =>
        new(await FtpControl.ConnectAsync(endpoint, timeouts, time, cancellationToken));

    /// <summary>Logs in, and chooses binary transfers.</summary>
    /// <exception cref="FtpException">With a reply of 530: the ID or the password is not right.</exception>
    public async Task LogInAsync(string id, string password, CancellationToken cancellationToken)
    {
        var asked = $"to log in '{id}'";
        _control.Secret = password;
        var reply = await _control.AskAsync(new FtpCommand("USER", id, asked), [331, 230], cancellationToken);
        if (reply.Code == 331)
            await _control.AskAsync(new FtpCommand("PASS", password, asked), [230, 202], cancellationToken);
        await _control.AskAsync(new FtpCommand("TYPE", "I", "for binary transfers"), [200], cancellationToken);
    }

    /// <summary>A short text file, without the line ending at its end.</summary>
    /// <exception cref="FtpException">With a reply of 550 where there is none; it is longer than <see cref="MaximumTextLength"/>, or not UTF-8.</exception>
    public async Task<string> ReadTextAsync(string path, CancellationToken cancellationToken) =>
        Decode((await ReadWholeAsync(new FtpCommand("RETR", path, $"for '{path}'"), MaximumTextLength, cancellationToken))!, $"for '{path}'").TrimEnd('\r', '\n');

    /// <summary>The bytes of a file; null where the server has none of that name (550).</summary>
    /// <exception cref="FtpException">Refused otherwise, or no number.</exception>
    public async Task<long?> FindSizeAsync(string path, CancellationToken cancellationToken)
    {
        var asked = $"for the size of '{path}'";
        var reply = await _control.AskAsync(new FtpCommand("SIZE", path, asked), [213, 550], cancellationToken);
        if (reply.Code == 550)
            return null;
        return long.TryParse(reply.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : throw _control.Break(asked, $"answered no number: {reply}", reply);
    }

    /// <summary>The first bytes of a file, <paramref name="length"/> or all there are; the rest of it is broken off (ABOR).</summary>
    /// <exception cref="FtpException">With a reply of 550 where there is none.</exception>
    public async Task<byte[]> ReadBeginningAsync(string path, int length, CancellationToken cancellationToken)
    {
        var retrieve = new FtpCommand("RETR", path, $"for the beginning of '{path}'");
        using var data = await _passive.OpenAsync(retrieve.Asked, cancellationToken);
        await _control.AskAsync(retrieve, Opening, cancellationToken);
        var (bytes, isWhole) = await ReadAsync(retrieve, data, length, cancellationToken);
        if (isWhole)
        {
            await EndAsync(retrieve, cancellationToken);
            return bytes;
        }

        // Two answers: one ends the transfer, as broken off or, where the server was faster, as complete; the other is ABOR's. Servers that do not look at the control connection
        // in a transfer find it broken by the end of the data connection first; Pure-FTPd then ends it with a second 150.
        const string Abort = "to break a transfer off";
        await _control.SendAsync(new FtpCommand("ABOR", null, Abort), cancellationToken, answerIsDue: true);
        data.Close(0);
        for (var answers = 0; answers < 2; answers++)
        {
            var reply = await _control.ReadReplyAsync(Abort, _control.Timeouts.Reply, cancellationToken);
            if (reply.Code is (>= 300 and < 400) or 421 || (reply.IsPreliminary && answers > 0))
                throw _control.Refuse(Abort, reply);
        }

        return bytes;
    }

    /// <summary>Stores <paramref name="content"/> under <paramref name="path"/>, in place of what is there or, from <paramref name="offset"/> on, behind it (REST).</summary>
    /// <param name="path">The name at the server.</param>
    /// <param name="content">The whole content. One that can seek is sent from <paramref name="offset"/> on, whatever was read of it; one that can't must stand there. A file goes out without passing through this program.</param>
    /// <param name="offset">Bytes that the server has already.</param>
    /// <param name="progress">Told how many bytes of the whole are sent; the server may have taken fewer.</param>
    /// <param name="cancellationToken">Breaks the transfer off, and the session with it.</param>
    /// <exception cref="FtpException">With a reply where the server refused, also in the middle.</exception>
    /// <exception cref="IOException"><paramref name="content"/> can't be read; the session is over.</exception>
    public async Task StoreAsync(string path, Stream content, long offset, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (content.CanSeek)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, content.Length);
            content.Position = offset;
        }

        var store = new FtpCommand("STOR", path, offset == 0 ? $"to store '{path}'" : $"to store '{path}' from byte {offset} on");
        using var data = await _passive.OpenAsync(store.Asked, cancellationToken);
        if (offset > 0) // directly before its command: RFC 3659 section 5
            await _control.AskAsync(new FtpCommand("REST", offset.ToString(CultureInfo.InvariantCulture), store.Asked), [350], cancellationToken);
        await _control.AskAsync(store, Opening, cancellationToken);
        await new FtpUpload(_control, data, content, offset, progress).RunAsync(store.Asked, cancellationToken);
    }

    /// <summary>What is in a folder: by MLSD, or, names only, by NLST where the server does not know that.</summary>
    /// <exception cref="FtpException">With a reply of 550 or 501 where there is no such folder; not a list, or longer than 64 KB.</exception>
    public async Task<IReadOnlyList<FtpEntry>> ListAsync(string path, CancellationToken cancellationToken)
    {
        var asked = $"for the list of '{path}'";
        try
        {
            if (!_isMlsdUnknown && await ReadWholeAsync(new FtpCommand("MLSD", path, asked), FtpListing.MaximumLength, cancellationToken, unknown: [500, 502, 504]) is { } facts)
                return FtpListing.ReadFacts(Decode(facts, asked));
            _isMlsdUnknown = true;
            return FtpListing.ReadNames(Decode((await ReadWholeAsync(new FtpCommand("NLST", path, asked), FtpListing.MaximumLength, cancellationToken))!, asked));
        }
        catch (FormatException wrong)
        {
            throw _control.Break(asked, $"sent no list: {wrong.Message}.");
        }
    }

    /// <summary>What the server says of its state (STAT): the lines of its answer, trimmed.</summary>
    /// <exception cref="FtpException">Refused.</exception>
    public async Task<IReadOnlyList<string>> StatusAsync(CancellationToken cancellationToken)
    {
        var reply = await _control.AskAsync(new FtpCommand("STAT", null, "for its state"), [211, 212, 213], cancellationToken);
        return [.. reply.Lines.Select(static line => line.Trim()).Where(static line => line.Length > 0)];
    }

    /// <summary>Says good-bye. A server that just goes has understood.</summary>
    /// <exception cref="FtpException">It answered something else, or nothing.</exception>
    public async Task QuitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _control.AskAsync(new FtpCommand("QUIT", null, "to end the session"), [221], cancellationToken);
        }
        catch (FtpException gone) when (gone.InnerException is SocketException or EndOfStreamException)
        {
            // the end of the connection is the answer
        }

        _control.Dispose();
    }

    /// <summary>Closes the connection, without a word.</summary>
    public ValueTask DisposeAsync()
    {
        _control.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<FtpReply> EndAsync(FtpCommand command, CancellationToken cancellationToken) => _control.ReadReplyAsync(command.Asked, Done, _control.Timeouts.Reply, cancellationToken);

    /// <summary>Everything that comes; null where the command was refused with a code of <paramref name="unknown"/>.</summary>
    private async Task<byte[]?> ReadWholeAsync(FtpCommand command, int atMost, CancellationToken cancellationToken, params int[] unknown)
    {
        using var data = await _passive.OpenAsync(command.Asked, cancellationToken);
        if ((await _control.AskAsync(command, [.. Opening, .. unknown], cancellationToken)).Code >= 400)
            return null;
        var (bytes, isWhole) = await ReadAsync(command, data, atMost + 1, cancellationToken);
        if (!isWhole)
            throw _control.Break(command.Asked, $"sent more than {atMost} bytes.");
        data.Dispose();
        await EndAsync(command, cancellationToken);
        return bytes;
    }

    /// <summary>Reads to the end of the data or to <paramref name="atMost"/> bytes, whichever is first.</summary>
    private async Task<(byte[] Bytes, bool IsWhole)> ReadAsync(FtpCommand command, Socket data, int atMost, CancellationToken cancellationToken)
    {
        using var idle = new TimeLimit(_control.Timeouts.IdleData, _control.Time, cancellationToken);
        var bytes = new byte[atMost];
        var length = 0;
        try
        {
            while (length < atMost)
            {
                var count = await data.ReceiveAsync(bytes.AsMemory(length), idle.Token);
                if (count == 0)
                    return (bytes[..length], true);
                length += count;
            }

            return (bytes, false);
        }
        catch (OperationCanceledException) when (idle.HasPassed)
        {
            throw _control.Break(command.Asked, $"did not send it within {idle.Length.TotalSeconds:0.#} s.");
        }
        catch (OperationCanceledException)
        {
            _control.Dispose();
            throw;
        }
        catch (SocketException broken)
        {
            // Why is said on the control connection.
            await EndAsync(command, cancellationToken);
            throw _control.Break(command.Asked, $"broke the data connection: {broken.Message}.", cause: broken);
        }
    }

    private string Decode(byte[] bytes, string asked)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw _control.Break(asked, "sent what is not UTF-8.");
        }
    }
}
