using System.Net;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate.Ftp;

/// <summary>Whole sessions in order, with every byte that the client says compared.</summary>
public sealed class FtpSessionTests
{
    private const string LogIn = """
        S: 220 ready
        C: USER gateway
        S: 331 password please
        C: PASS ONETIMEPASSWORD2345
        S: 230 come in
        C: TYPE I
        S: 200 binary

        """;

    [Fact]
    public async Task Update_IsOneSessionInThisOrder()
    {
        await using var server = ScriptedFtpServer.Start(LogIn + """
            C: EPSV
            S: 229 Entering Extended Passive Mode (|||{port}|)
            C: RETR /version.txt
            S: 150 here it comes
            D> 1.0.3\r\n
            S: 226 that was it
            C: SIZE /firmware.img
            S: 213 4
            C: EPSV
            S: 229 Entering Extended Passive Mode (|||{port}|)
            C: RETR /firmware.img
            S: 150 here it comes
            D* 4000000
            C: ABOR
            S: 426 broken off
            S: 226 as you wished
            C: EPSV
            S: 229 Entering Extended Passive Mode (|||{port}|)
            C: REST 4
            S: 350 from there
            C: STOR /firmware.img
            S: 150 give it to me
            D< 6
            S: 226 whole, and checked
            C: STAT
            S: 211-State: Waiting
            S:  Detail: printing job 3 of 5
            S: 211 end
            C: QUIT
            S: 221 bye
            """);
        await using var client = await ConnectAsync(server);
        await client.LogInAsync("gateway", "ONETIMEPASSWORD2345", default);
        Assert.Equal("1.0.3", await client.ReadTextAsync("/version.txt", default));
        Assert.Equal(4, await client.FindSizeAsync("/firmware.img", default));
        Assert.Equal(new byte[4], await client.ReadBeginningAsync("/firmware.img", 4, default));
        var progress = new List<long>();
        await client.StoreAsync("/firmware.img", new MemoryStream("0123456789"u8.ToArray()), 4, new Reported(progress), default);
        Assert.Equal("456789"u8, server.Received);
        Assert.Equal([10], progress);
        Assert.Equal(["State: Waiting", "Detail: printing job 3 of 5", "end"], await client.StatusAsync(default));
        await client.QuitAsync(default);
        await server.EndsAsync();
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, false, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, true)]
    [InlineData(true, true, false)]
    public async Task ContentOfManyChunks_ArrivesByteForByte(bool fromFile, bool isAsync, bool isWatched)
    {
        var content = new byte[(5 * FtpUpload.ChunkLength) + 77];
        new Random(4).NextBytes(content);
        var offset = FtpUpload.ChunkLength + 5;
        await using var server = ScriptedFtpServer.Start(LogIn + $$"""
            C: EPSV
            S: 229 (|||{port}|)
            C: REST {{offset}}
            S: 350 ok
            C: STOR a
            S: 125 open
            D< {{content.Length - offset}}
            S: 250 ok
            """);
        await using var client = await LoggedInAsync(server);
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "a");
        await File.WriteAllBytesAsync(path, content);
        await using Stream stream = fromFile ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, isAsync) : new MemoryStream(content);
        var progress = new List<long>();
        await client.StoreAsync("a", stream, offset, isWatched ? new Reported(progress) : null, default);
        Assert.Equal(content[offset..], server.Received);
        if (!isWatched)
            return;
        Assert.Equal(content.Length, progress[^1]);
        Assert.Equal(progress.Order(), progress);
    }

    [Fact]
    public async Task ServerWithoutEpsvAndMlsd_IsSpokenToInPasvAndNlst_AndAskedOnce()
    {
        await using var server = ScriptedFtpServer.Start(LogIn + """
            C: EPSV
            S: 500 what?
            C: PASV
            S: 227 Entering Passive Mode (203,0,113,9,{p1},{p2}).
            C: MLSD /
            S: 502 what?
            C: PASV
            S: 227 Entering Passive Mode 203,0,113,9,{p1},{p2}
            C: NLST /
            S: 150 names
            D> /firmware.img\r\nversion.txt\n
            S: 226 done
            C: PASV
            S: 227 Entering Passive Mode (203,0,113,9,{p1},{p2}).
            C: NLST /
            S: 150 names
            D> 
            S: 226 done
            """);
        await using var client = await LoggedInAsync(server);
        Assert.Equal([new FtpEntry("firmware.img", null, null), new FtpEntry("version.txt", null, null)], await client.ListAsync("/", default));
        Assert.Empty(await client.ListAsync("/", default));
    }

    [Fact]
    public async Task IPv6_IsSpokenInEpsvAlone()
    {
        await using var server = ScriptedFtpServer.Start(LogIn + """
            C: EPSV
            S: 229 (|||{port}|)
            C: MLSD /
            S: 150 list
            D> type=cdir; .\r\ntype=file;size=12;modify=20260101000000; version.txt\r\nType=dir;UNIX.mode=0755; applications\r\n
            S: 226 done
            C: EPSV
            S: 500 no more
            """, IPAddress.IPv6Loopback);
        await using var client = await LoggedInAsync(server);
        Assert.Equal([new FtpEntry("version.txt", false, 12), new FtpEntry("applications", true, null)], await client.ListAsync("/", default));
        Assert.Equal(500, (await Assert.ThrowsAsync<FtpException>(() => client.ListAsync("/", default))).Reply!.Code);
    }

    [Fact]
    public async Task RefusedFile_LeavesTheSessionInOrder()
    {
        await using var server = ScriptedFtpServer.Start(LogIn + """
            C: SIZE /applications/a.txt
            S: 550 no such file
            C: EPSV
            S: 229 (|||{port}|)
            C: RETR /applications/a.txt
            S: 550 no such file
            C: EPSV
            S: 229 (|||{port}|)
            C: RETR /version.txt
            S: 150 yes
            D> 2
            S: 226 yes
            C: QUIT
            -
            """);
        await using var client = await LoggedInAsync(server);
        Assert.Null(await client.FindSizeAsync("/applications/a.txt", default));
        var refused = await Assert.ThrowsAsync<FtpException>(() => client.ReadTextAsync("/applications/a.txt", default));
        Assert.Equal(550, refused.Reply!.Code);
        Assert.Equal($"The FTP server {server.Endpoint} was asked for '/applications/a.txt', and refused: 550 no such file", refused.Message);
        Assert.Equal("2", await client.ReadTextAsync("/version.txt", default));
        await client.QuitAsync(default);
        await server.EndsAsync();
    }

    internal static async Task<FtpClient> ConnectAsync(ScriptedFtpServer server, TimeProvider? time = null, FtpTimeouts? timeouts = null) =>
        await FtpClient.ConnectAsync(server.Endpoint, timeouts ?? new FtpTimeouts(), time ?? TimeProvider.System, default);

    internal static async Task<FtpClient> LoggedInAsync(ScriptedFtpServer server, TimeProvider? time = null, FtpTimeouts? timeouts = null)
    {
        var client = await ConnectAsync(server, time, timeouts);
        await client.LogInAsync("gateway", "ONETIMEPASSWORD2345", default);
        return client;
    }

    private sealed class Reported(List<long> all) : IProgress<long>
    {
        public void Report(long value) => all.Add(value);
    }
}
