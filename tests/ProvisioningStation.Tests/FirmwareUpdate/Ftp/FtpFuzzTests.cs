using System.Net;
using System.Net.Sockets;
using System.Text;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate.Ftp;

/// <summary>A whole update session with a server whose answers were changed at random: it comes to its end, or to an <see cref="FtpException"/>, and to nothing else.</summary>
public sealed class FtpFuzzTests
{
    private const char NextAnswer = '\f';

    private const string Answers =
        "220 ready\r\n\f331 password\r\n\f230 in\r\n\f200 binary\r\n\f229 (|||{port}|)\r\n\f150 now\r\n226 done\r\n\f213 4\r\n\f229 (|||{port}|)\r\n\f150 now\r\n226 done\r\n\f"
        + "229 (|||{port}|)\r\n\f350 from there\r\n\f150 now\r\n\f226 done\r\n\f211-State: Waiting\r\n Detail: printing job 3 of 5\r\n211 end\r\n\f229 (|||{port}|)\r\n\f150 now\r\n226 done\r\n\f221 bye\r\n";

    [Fact]
    public async Task UnchangedAnswers_AreAWholeSession() =>
        Assert.Null(await RunAsync(Encoding.ASCII.GetBytes(Answers), static (session, _) => session.WaitAsync(TimeSpan.FromMinutes(2)))); // no time limit passes, however slow the machine is

    [Fact]
    public Task ChangedAnswers_EndInASessionOrAnError() => FuzzRun.OverAsync([Encoding.ASCII.GetBytes(Answers)], async answers =>
    {
        if (await RunAsync(answers, AdvanceAsync) is { } failure)
            Assert.IsType<FtpException>(failure);
    });

    private static async Task<Exception?> RunAsync(byte[] answers, Func<Task, SteppedTime, Task> waitAsync)
    {
        using var control = new TcpListener(IPAddress.Loopback, 0);
        using var data = new TcpListener(IPAddress.Loopback, 0);
        control.Start();
        data.Start();
        using var stop = new CancellationTokenSource();
        var stored = new SemaphoreSlim(0);
        var serving = Task.WhenAll(AnswerAsync(control, answers, (IPEndPoint)data.LocalEndpoint, stored, stop.Token), ServeDataAsync(data, stored, stop.Token));
        var time = new SteppedTime();
        var session = Record.ExceptionAsync(() => UpdateAsync(new FtpEndpoint((IPEndPoint)control.LocalEndpoint, NetworkPort.Any), time));
        await waitAsync(session, time);
        await stop.CancelAsync();
        await Record.ExceptionAsync(() => serving);
        return await session;
    }

    private static async Task AdvanceAsync(Task session, SteppedTime time)
    {
        await Task.WhenAny(session, Task.Delay(500)); // what takes longer waits for an answer that does not come
        await time.PassUntilAsync(session, TimeSpan.FromSeconds(31));
    }

    private static async Task UpdateAsync(FtpEndpoint endpoint, TimeProvider time)
    {
        await using var client = await FtpClient.ConnectAsync(endpoint, new FtpTimeouts(), time, default);
        await client.LogInAsync("gateway", "ONETIMEPASSWORD2345", default);
        await client.ReadTextAsync("/version.txt", default);
        await client.FindSizeAsync("/firmware.img", default);
        await client.ReadBeginningAsync("/firmware.img", 100, default);
        await client.StoreAsync("/firmware.img", new MemoryStream(new byte[100]), 4, null, default);
        await client.StatusAsync(default);
        await client.ListAsync("/", default);
        await client.QuitAsync(default);
    }

    /// <summary>One answer to each line that comes, whatever it says; the one after STOR when the content is there.</summary>
    private static async Task AnswerAsync(TcpListener listener, byte[] answers, IPEndPoint data, SemaphoreSlim stored, CancellationToken cancellationToken)
    {
        using var control = await listener.AcceptSocketAsync(cancellationToken);
        var heard = new byte[4096];
        var isStoring = false;
        foreach (var answer in Encoding.Latin1.GetString(answers).Split(NextAnswer))
        {
            await control.SendAsync(Encoding.Latin1.GetBytes(answer.Replace("{port}", $"{data.Port}", StringComparison.Ordinal)), cancellationToken);
            if (isStoring)
                await stored.WaitAsync(cancellationToken);
            else if (await control.ReceiveAsync(heard, cancellationToken) is 0)
                return;
            isStoring = Encoding.ASCII.GetString(heard).StartsWith("STOR", StringComparison.Ordinal) && !isStoring;
        }

        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    /// <summary>Says something short on each data connection, and hears it to its end.</summary>
    private static async Task ServeDataAsync(TcpListener listener, SemaphoreSlim stored, CancellationToken cancellationToken)
    {
        var heard = new byte[4096];
        while (true)
        {
            using var data = await listener.AcceptSocketAsync(cancellationToken);
            await data.SendAsync("type=file; x\r\n"u8.ToArray(), cancellationToken);
            data.Shutdown(SocketShutdown.Send);
            while (await data.ReceiveAsync(heard, cancellationToken) > 0)
            {
                // only its end matters
            }

            stored.Release();
        }
    }
}
