using System.Net.Sockets;

namespace ProvisioningStation.FirmwareUpdate.Ftp;

/// <summary>
/// The content of one STOR on its way. The control connection is listened to all the time: a server that refuses in the middle says why there, and often breaks the data connection at the same moment.
/// </summary>
internal sealed class FtpUpload(FtpControl control, Socket data, Stream content, long offset, IProgress<long>? progress)
{
    /// <summary>Bytes of a stream that are handed to the kernel at a time, and between two reports of progress.</summary>
    public const int ChunkLength = 256 * 1024;

    /// <summary>A server may check what it has before it takes more, as long as it may check the whole at the end.</summary>
    private readonly TimeSpan _standstill = offset > 0 && control.Timeouts.Completion > control.Timeouts.IdleData ? control.Timeouts.Completion : control.Timeouts.IdleData;

    private volatile bool _isWhole;

    /// <summary>Sends everything from where the content stands, and reads the server's verdict.</summary>
    /// <param name="asked">What was asked with STOR, in words.</param>
    /// <param name="cancellationToken">Breaks the transfer off; what the server has of it stays there.</param>
    public async Task RunAsync(string asked, CancellationToken cancellationToken)
    {
        data.LingerState = new LingerOption(true, 0); // until all is sent, closing must look like breaking off: a mere end would be the end of the content
        using var end = new TimeLimit(Timeout.InfiniteTimeSpan, control.Time, cancellationToken);
        using var idle = new TimeLimit(_standstill, control.Time, cancellationToken);
        var answer = control.ReadReplyAsync(asked, end);
        var sending = SendAsync(idle);
        await Task.WhenAny(answer, sending);
        if (!sending.IsCompleted && !_isWhole)
            await idle.CancelAsync();

        Exception? failure = null;
        try
        {
            await sending;
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            failure = ended;
        }
        catch (Exception unreadable)
        {
            await GiveUpAsync(asked, $"what was to be stored could not be read: {unreadable.Message}", answer);
            throw;
        }

        if (failure is not null && idle.HasPassed && !answer.IsCompleted)
            throw await GiveUpAsync(asked, $"took no data for {_standstill.TotalSeconds:0.#} s.", answer);
        end.Restart(failure is null ? control.Timeouts.Completion : control.Timeouts.Reply);
        var reply = await answer;
        if (reply.Code < 400 && (!_isWhole || failure is not null))
            throw control.Break(asked, $"broke off before it had everything, and answered: {reply}", reply, failure);
        if (reply.Code is not (226 or 250))
            throw control.Refuse(asked, reply);
    }

    private async Task<FtpException> GiveUpAsync(string asked, string what, Task<FtpReply> answer)
    {
        data.Dispose();
        var failure = control.Break(asked, what);
        await Task.WhenAny(answer); // ended by that
        _ = answer.Exception;
        return failure;
    }

    private async Task SendAsync(TimeLimit idle)
    {
        await using var _ = idle.Token.Register(data.Dispose);
        if (content is FileStream file && KernelCopy.IsThere)
        {
            await KernelCopy.SendAsync(file, offset, data, sent =>
            {
                idle.Restart(_standstill);
                progress?.Report(sent);
            });
        }
        else
        {
            await SendStreamAsync(idle);
        }

        data.LingerState = new LingerOption(false, 0);
        _isWhole = true;
        data.Shutdown(SocketShutdown.Send);
    }

    private async Task SendStreamAsync(TimeLimit idle)
    {
        var sent = offset;
        var buffer = GC.AllocateUninitializedArray<byte>(ChunkLength);
        while (true)
        {
            idle.Restart(Timeout.InfiniteTimeSpan); // a slow source is not the server's fault
            var count = await content.ReadAsync(buffer, idle.Token);
            idle.Restart(_standstill);
            if (count == 0)
                return;
            await data.SendAsync(buffer.AsMemory(0, count), idle.Token);
            sent += count;
            progress?.Report(sent);
        }
    }
}
