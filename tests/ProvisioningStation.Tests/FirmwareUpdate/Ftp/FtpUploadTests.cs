using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate.Ftp;

/// <summary>STOR with a server, a content or a caller that does not see it to its end.</summary>
public sealed class FtpUploadTests : IDisposable
{
    private const string Opened = """
        S: 220 ready
        C: USER gateway
        S: 230 come in
        C: TYPE I
        S: 200 binary
        C: EPSV
        S: 229 (|||{port}|)
        C: STOR a

        """;

    /// <summary>More than all buffers between client and server hold.</summary>
    private const int MuchLength = 64 * 1024 * 1024;

    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData("S: 550 this image is for another model", 550, "was asked to store 'a', and refused: 550 this image is for another model")]
    [InlineData("S: 150 now\nD<! 100000\nS: 552 no room", 552, "refused: 552 no room")]
    [InlineData("S: 150 now\nD<| 100000\nS: 552 no room", 552, "refused: 552 no room")]
    [InlineData("S: 150 now\nD<! 0\nS: 550-this image is not signed\nS: 550 by a key that is trusted", 550, "refused: 550 this image is not signed by a key that is trusted")]
    [InlineData("S: 150 now\nD<! 100000\n-", null, "ended the connection instead of an answer")]
    [InlineData("S: 150 now\nD<| 100000\n-", null, "ended the connection instead of an answer")]
    [InlineData("S: 150 now\nD<! 100000\nS: 421 switching off", 421, "ended the session: 421 switching off")]
    [InlineData("S: 150 now\nD<! 100000\nS: 226 all of it", 226, "broke off before it had everything, and answered: 226 all of it")]
    [InlineData("S: 150 now\nD<| 100000\nS: 226 all of it", 226, "broke off before it had everything, and answered: 226 all of it")]
    [InlineData("S: 150 now\nD<| 100000\nS: 150 more", 150, "broke off before it had everything, and answered: 150 more")]
    [InlineData("S: 150 now\nD<| 100000\nS: what?", null, "not FTP")]
    [InlineData("S: 226 thanks", 226, "does not belong to it: 226 thanks")]
    public async Task ServerThatDoesNotTakeIt_IsHeard(string script, int? code, string said)
    {
        foreach (var open in new Func<Stream>[] { () => new MemoryStream(new byte[MuchLength]), OpenFile })
        {
            await using var server = ScriptedFtpServer.Start(Opened + script);
            await using var client = await FtpSessionTests.LoggedInAsync(server);
            await using var content = open();
            await HostileFtpServerTests.AssertFailsAsync(client.StoreAsync("a", content, 0, null, default), code, said);
        }
    }

    [Fact]
    public async Task RefusalInTheMiddle_LeavesTheSessionInOrder()
    {
        await using var server = ScriptedFtpServer.Start(Opened + "S: 150 now\nD<! 100000\nS: 552 no room\nC: SIZE a\nS: 213 0");
        await using var client = await FtpSessionTests.LoggedInAsync(server);
        await HostileFtpServerTests.AssertFailsAsync(client.StoreAsync("a", OpenFile(), 0, null, default), 552, "no room");
        Assert.Equal(0, await client.FindSizeAsync("a", default));
    }

    [Fact]
    public async Task ServerThatStopsTaking_IsGivenUp()
    {
        foreach (var open in new Func<Stream>[] { () => new MemoryStream(new byte[MuchLength]), OpenFile })
        {
            var time = new SteppedTime();
            await using var server = ScriptedFtpServer.Start(Opened + "S: 150 now\nD<| 1000\n|");
            await using var client = await FtpSessionTests.LoggedInAsync(server, time, new FtpTimeouts { Reply = HostileFtpServerTests.LongerThanAnyTest });
            await using var content = open();
            await HostileFtpServerTests.AssertTimesOutAsync(client.StoreAsync("a", content, 0, null, default), server, time, "was asked to store 'a', and took no data for 30 s.");
        }
    }

    [Fact]
    public async Task ServerThatTakesAllAndSaysNothing_IsGivenUp()
    {
        var time = new SteppedTime();
        await using var server = ScriptedFtpServer.Start(Opened + "S: 150 now\nD< 5\n|");
        await using var client = await FtpSessionTests.LoggedInAsync(server, time, new FtpTimeouts { Reply = HostileFtpServerTests.LongerThanAnyTest, IdleData = HostileFtpServerTests.LongerThanAnyTest });
        await HostileFtpServerTests.AssertTimesOutAsync(client.StoreAsync("a", new MemoryStream("12345"u8.ToArray()), 0, null, default), server, time, "was asked to store 'a', and did not answer within 120 s.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BrokenOff_ByCallerOrContent_NeverLooksLikeItsEnd(bool byCaller)
    {
        await using var server = ScriptedFtpServer.Start(Opened + "S: 150 now\nD<x");
        await using var client = await FtpSessionTests.LoggedInAsync(server);
        using var stop = new CancellationTokenSource();
        await using var content = new BreakingContent(10 * FtpUpload.ChunkLength, () =>
        {
            if (!byCaller)
                throw new IOException("the medium is gone");
            stop.Cancel();
        });
        var storing = client.StoreAsync("a", content, 0, null, stop.Token);
        if (byCaller)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => storing);
        else
            Assert.Equal("the medium is gone", (await Assert.ThrowsAsync<IOException>(() => storing)).Message);
        await server.EndsAsync();
        await HostileFtpServerTests.AssertFailsAsync(client.StatusAsync(default), null, "the connection was given up");
    }

    [Fact]
    public async Task FileThatBecomesShorter_IsBrokenOff()
    {
        await using var server = ScriptedFtpServer.Start(Opened + "S: 150 now\nD<x");
        await using var client = await FtpSessionTests.LoggedInAsync(server);
        await using var file = OpenFile();
        var failure = await Assert.ThrowsAsync<IOException>(() => client.StoreAsync("a", file, 0, new Told(() =>
        {
            using var other = new FileStream(file.Name, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            other.SetLength(FtpUpload.ChunkLength + 1);
        }), default));
        Assert.Contains("became shorter while it was sent", failure.Message, StringComparison.Ordinal);
        await server.EndsAsync();
    }

    [Fact]
    public async Task OffsetBehindTheContent_IsRefusedBeforeAnythingIsSaid()
    {
        await using var server = ScriptedFtpServer.Start("S: 220 ready\nC: QUIT\nS: 221 bye");
        await using var client = await FtpSessionTests.ConnectAsync(server);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.StoreAsync("a", new MemoryStream([1]), 2, null, default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.StoreAsync("a", new MemoryStream([1]), -1, null, default));
        await client.QuitAsync(default);
    }

    public void Dispose() => _directory.Dispose();

    private FileStream OpenFile()
    {
        var path = _directory["content"];
        using (var file = File.OpenWrite(path))
            file.SetLength(MuchLength);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0, FileOptions.Asynchronous);
    }

    private sealed class Told(Action tell) : IProgress<long>
    {
        public void Report(long value) => tell();
    }

    /// <summary>A content of zeros with something that happens in its middle.</summary>
    private sealed class BreakingContent(long at, Action happen) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_read >= at)
                happen();
            cancellationToken.ThrowIfCancellationRequested();
            _read += buffer.Length;
            await Task.Yield();
            return buffer.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
