using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>Every command, said to the real board program.</summary>
public sealed class FtpVerbTests : IAsyncLifetime
{
    private static readonly byte[] Image = TestImages.Shared.Make(TestImages.Payload(300_000));

    private ArmedBoard _board = null!;
    private FtpTalk _talk = null!;

    public async Task InitializeAsync()
    {
        _board = await ArmedBoard.StartAsync();
        _talk = await _board.LogInAsync();
    }

    public async Task DisposeAsync()
    {
        _talk.Dispose();
        await _board.DisposeAsync();
    }

    [Theory]
    [InlineData("NOOP", 200)]
    [InlineData("noop", 200)]
    [InlineData("SYST", 215)]
    [InlineData("TYPE A", 200)]
    [InlineData("TYPE a n", 200)]
    [InlineData("TYPE L 8", 200)]
    [InlineData("TYPE E", 504)]
    [InlineData("TYPE", 504)]
    [InlineData("MODE S", 200)]
    [InlineData("MODE Z", 504)]
    [InlineData("STRU F", 200)]
    [InlineData("STRU R", 504)]
    [InlineData("OPTS UTF8 ON", 200)]
    [InlineData("OPTS MLST type;size;", 200)]
    [InlineData("OPTS HASH SHA-1", 501)]
    [InlineData("USER other", 503)]
    [InlineData("PASS other", 503)]
    [InlineData("SIZE /version.txt", 213)]
    [InlineData("SIZE /firmware.img", 550)]
    [InlineData("SIZE /", 550)]
    [InlineData("SIZE", 550)]
    [InlineData("REST 0", 350)]
    [InlineData("REST 9007199254740992", 350)]
    [InlineData("REST 9007199254740993", 501)]
    [InlineData("REST -1", 501)]
    [InlineData("REST 1.0", 501)]
    [InlineData("REST", 501)]
    [InlineData("ABOR", 226)]
    [InlineData("RETR /firmware.img", 550)]
    [InlineData("RETR /applications/none.txt", 550)]
    [InlineData("RETR /applications", 550)]
    [InlineData("RETR", 550)]
    [InlineData("STOR /version.txt", 553)]
    [InlineData("STOR /applications/none.txt", 553)]
    [InlineData("STOR /other.img", 553)]
    [InlineData("STOR", 553)]
    [InlineData("APPE /version.txt", 553)]
    [InlineData("MLSD /version.txt", 501)]
    [InlineData("MLST /firmware.img", 550)]
    [InlineData("NLST /none", 550)]
    [InlineData("LIST /none", 550)]
    [InlineData("STAT /none", 550)]
    [InlineData("STOR /firmware.img", 425)] // no data connection
    [InlineData("RETR /version.txt", 425)]
    [InlineData("LIST", 425)]
    [InlineData("EPSV 1", 229)]
    [InlineData("EPSV 2", 522)]
    [InlineData("EPSV 3", 501)]
    [InlineData("PORT 127,0,0,1,4,0", 502)]
    [InlineData("EPRT |1|127.0.0.1|1024|", 502)]
    [InlineData("DELE /version.txt", 502)]
    [InlineData("MKD /x", 502)]
    [InlineData("RMD /applications", 502)]
    [InlineData("RNFR /version.txt", 502)]
    [InlineData("STOU", 502)]
    [InlineData("ALLO 100", 502)]
    [InlineData("SITE EXEC ls", 502)]
    [InlineData("AUTH TLS", 502)]
    [InlineData("ACCT x", 502)]
    [InlineData("REIN", 502)]
    [InlineData("X", 502)]
    [InlineData("", 502)]
    [InlineData(" NOOP", 502)]
    public async Task Command_HasItsAnswer(string line, int code)
    {
        await _talk.ExpectAsync(code, line);
        await _talk.ExpectAsync(200, "NOOP");
    }

    [Fact]
    public async Task Feat_NamesWhatIsThere()
    {
        var lines = (await _talk.ExpectAsync(211, "FEAT")).Split('\n');
        Assert.Equal([" EPSV", " MLST type*;size*;perm*;", " PASV", " REST STREAM", " SIZE", " TVFS", "211 End"], lines[1..]);
    }

    [Fact]
    public async Task Directories_AreTwo_AndNothingIsAboveTheRoot()
    {
        Assert.Equal("257 \"/\"", await _talk.SayAsync("PWD"));
        await _talk.ExpectAsync(250, "CWD applications");
        Assert.Equal("257 \"/applications\"", await _talk.SayAsync("PWD"));
        await _talk.ExpectAsync(213, "SIZE ../version.txt");
        await _talk.ExpectAsync(250, "CDUP");
        await _talk.ExpectAsync(550, "CDUP");
        foreach (var path in (string[])["..", "/..", "../..", "applications/../..", "/applications/x", "version.txt", "", "etc", "C:\\", "~", "applications/..", "./applications/."])
            await _talk.ExpectAsync(path is "" or "applications/.." or "./applications/." ? 250 : 550, $"CWD {path}");
    }

    [Theory]
    [InlineData("/../version.txt")]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("/version.txt/..")]
    [InlineData("/version.txt/.")]
    [InlineData("applications/../../version.txt")]
    [InlineData("applications/../version.txt.txt")]
    [InlineData("/applications/../applications/.txt")]
    [InlineData("/applications/A.txt")]
    [InlineData("/applications/a/b.txt")]
    [InlineData("/applications/..%2fversion.txt")]
    [InlineData("/nvram/update-password")]
    [InlineData("VERSION.TXT")]
    [InlineData("version.txt ")]
    public async Task PathOutsideTheTable_IsNotThere(string path)
    {
        await _talk.ExpectAsync(550, $"SIZE {path}");
        await _talk.ExpectAsync(550, $"RETR {path}");
        await _talk.ExpectAsync(553, $"STOR {path}");
        await _talk.ExpectAsync(550, $"MLST {path}");
    }

    [Fact]
    public async Task Version_IsOneLine_AndItsSizeIsTrue()
    {
        var (content, reply) = await _talk.FetchAsync("RETR /version.txt");
        Assert.Equal(("1.0.0\n", "226"), (Encoding.ASCII.GetString(content), reply[..3]));
        Assert.Equal($"213 {content.Length}", await _talk.SayAsync("SIZE version.txt"));
        await _talk.ExpectAsync(350, "REST 2");
        Assert.Equal("0.0\n"u8.ToArray(), (await _talk.FetchAsync("RETR version.txt")).Content);
        Assert.Equal("1.0.0\n"u8.ToArray(), (await _talk.FetchAsync("RETR version.txt")).Content); // REST is for one transfer
        await _talk.ExpectAsync(350, "REST 7");
        await _talk.ExpectAsync(554, "RETR version.txt");
        await _talk.ExpectAsync(200, "TYPE A");
        Assert.Equal("1.0.0\r\n"u8.ToArray(), (await _talk.FetchAsync("RETR version.txt")).Content);
        await _talk.ExpectAsync(550, "SIZE version.txt");
    }

    [Fact]
    public async Task Lists_ShowWhatIsThere()
    {
        Assert.Equal("type=file;size=6;perm=r; version.txt\r\ntype=dir;perm=el; applications\r\n", await TextAsync("MLSD"));
        await StoreBrokenAsync(1000);
        Assert.Equal("version.txt\r\nfirmware.img\r\napplications\r\n", await TextAsync("NLST"));
        Assert.Contains("type=file;size=1000;perm=arw; firmware.img\r\n", await TextAsync("MLSD /"), StringComparison.Ordinal);
        Assert.Equal("-rw-rw-rw- 1 board board         1000 Jan 01 2026 firmware.img\r\n", await TextAsync("LIST -la /firmware.img"));
        Assert.Equal(string.Empty, await TextAsync("MLSD applications"));
        Assert.Equal("250-/version.txt\n type=file;size=6;perm=r; version.txt\n250 End", await _talk.SayAsync("MLST version.txt"));
        Assert.Contains("\n -r--r--r-- 1 board board            6 Jan 01 2026 version.txt\n", await _talk.ExpectAsync(213, "STAT /"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pasv_TellsTheAddressThatWasConnectedTo()
    {
        var reply = await _talk.ExpectAsync(227, "PASV");
        var numbers = reply[(reply.IndexOf('(', StringComparison.Ordinal) + 1)..reply.IndexOf(')', StringComparison.Ordinal)].Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal([127, 0, 0, 1], numbers[..4]);
        using var data = await _talk.ConnectDataAsync((numbers[4] << 8) + numbers[5]);
        await _talk.ExpectAsync(150, "NLST");
        Assert.NotEmpty(await FtpTalk.ReadToEndAsync(data));
        Assert.StartsWith("226", await _talk.ReplyAsync(), StringComparison.Ordinal);
        await _talk.ExpectAsync(200, "EPSV ALL");
        await _talk.ExpectAsync(503, "PASV");
    }

    [Fact]
    public async Task Image_Whole_IsTakenAndInstalled()
    {
        Assert.StartsWith("226", await _talk.StoreAsync("STOR /firmware.img", Image), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_BrokenOff_IsKept_ReadBack_AndGoesOn()
    {
        await StoreBrokenAsync(100_000);
        Assert.Equal("213 100000", await _talk.SayAsync("SIZE /firmware.img"));
        Assert.Equal(Image[..100_000], (await _talk.FetchAsync("RETR /firmware.img")).Content);
        await _talk.ExpectAsync(350, "REST 100001");
        await _talk.ExpectAsync(554, "STOR /firmware.img");
        await _talk.ExpectAsync(350, "REST 100000");
        Assert.StartsWith("226", await _talk.StoreAsync("STOR /firmware.img", Image.AsMemory(100_000)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_Appended_GoesOnWhereItBrokeOff()
    {
        await StoreBrokenAsync(200_000);
        Assert.StartsWith("226", await _talk.StoreAsync("APPE firmware.img", Image.AsMemory(200_000)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_AsText_IsRefused()
    {
        await StoreBrokenAsync(1000);
        await _talk.ExpectAsync(200, "TYPE A");
        Assert.StartsWith("550", await _talk.StoreAsync("STOR /firmware.img", Image), StringComparison.Ordinal);
        await _talk.ExpectAsync(550, "RETR /firmware.img");
    }

    [Fact]
    public async Task NoImageAtAll_IsRefusedWithTheReason_AndTheSessionGoesOn()
    {
        var reply = await _talk.StoreAsync("STOR /firmware.img", TestImages.Payload(4_000_000, 7));
        Assert.StartsWith("550 ", reply, StringComparison.Ordinal);
        Assert.Contains("PSIMAGE1", reply, StringComparison.Ordinal);
        await _talk.ExpectAsync(200, "NOOP");
        await _talk.ExpectAsync(550, "SIZE /firmware.img");
    }

    [Fact]
    public async Task Abort_InTheMiddleOfAnUpload_KeepsThePart()
    {
        using var data = await _talk.OpenDataAsync();
        await _talk.ExpectAsync(150, "STOR /firmware.img");
        await data.SendAsync(Image.AsMemory(0, 50_000), SocketFlags.None);
        Assert.StartsWith("426", await _talk.SayAsync("ABOR"), StringComparison.Ordinal);
        Assert.StartsWith("226", await _talk.ReplyAsync(), StringComparison.Ordinal);
        await _talk.ExpectAsync(200, "NOOP");
    }

    [Fact]
    public async Task Abort_AsTelnetUrgentData_IsUnderstood()
    {
        await StoreBrokenAsync(200_000);
        using var data = await _talk.OpenDataAsync();
        await _talk.ExpectAsync(150, "STOR /firmware.img");
        await _talk.SendAsync(new byte[] { 255 }, SocketFlags.OutOfBand); // as lftp does
        await _talk.SendAsync(new byte[] { 244, 255, 242 });
        Assert.StartsWith("4", await _talk.SayAsync("ABOR"), StringComparison.Ordinal);
        Assert.StartsWith("226", await _talk.ReplyAsync(), StringComparison.Ordinal);
        await _talk.ExpectAsync(200, "NOOP");
    }

    [Fact]
    public async Task Status_InTheMiddleOfAnUpload_IsAnsweredAtOnce()
    {
        Assert.Equal("211-Firmware update\n State: Idle\n211 End", await _talk.SayAsync("STAT"));
        using var data = await _talk.OpenDataAsync();
        await _talk.ExpectAsync(150, "STOR /firmware.img");
        while (!(await _talk.ExpectAsync(211, "STAT")).Contains(" State: Receiving\n", StringComparison.Ordinal))
        {
            // It has not begun to read yet.
        }

        await data.SendAsync(Image, SocketFlags.None);
        data.Shutdown(SocketShutdown.Send);
        Assert.StartsWith("226", await _talk.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommandsSentAhead_AreAnsweredInTheirOrder()
    {
        using var data = await _talk.OpenDataAsync();
        await _talk.SendAsync("RETR version.txt\r\nNOOP\r\nPWD\r\nQUIT\r\n"u8.ToArray());
        Assert.Equal("1.0.0\n"u8.ToArray(), await FtpTalk.ReadToEndAsync(data));
        foreach (var code in (string[])["150", "226", "200", "257", "221"])
            Assert.StartsWith(code, await _talk.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(string.Empty, await _talk.EndAsync());
    }

    private async Task StoreBrokenAsync(int length) =>
        Assert.Contains($"{length} bytes are kept", await _talk.StoreAsync("STOR /firmware.img", Image.AsMemory(0, length)), StringComparison.Ordinal);

    private async Task<string> TextAsync(string line)
    {
        var (content, reply) = await _talk.FetchAsync(line);
        Assert.StartsWith("226", reply, StringComparison.Ordinal);
        return Encoding.ASCII.GetString(content);
    }
}
