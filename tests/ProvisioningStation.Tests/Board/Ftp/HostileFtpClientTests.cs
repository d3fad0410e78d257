using System.Globalization;
using System.Net.Sockets;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ProvisioningStation.Board.Ftp;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>Whoever sits at the updating side's address may send anything: the board answers or hangs up, keeps its memory, and serves the next.</summary>
public sealed class HostileFtpClientTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private static readonly string[] Verbs =
    [
        "USER", "PASS", "SYST", "FEAT", "OPTS", "TYPE", "MODE", "STRU", "PWD", "CWD", "CDUP", "EPSV", "PASV", "PORT", "EPRT", "SIZE", "REST", "RETR", "STOR", "APPE", "ABOR", "MLSD", "MLST", "NLST", "LIST", "STAT", "NOOP", "DELE",
    ];

    private ArmedBoard _board = null!;

    public async Task InitializeAsync() => _board = await ArmedBoard.StartAsync();

    public async Task DisposeAsync() => await _board.DisposeAsync();

    [Fact]
    public async Task AnyLine_HasOneAnswer_AndTheSessionGoesOn()
    {
        await using var board = await ArmedBoard.StartAsync("--Ftp:DataTimeout=00:00:01"); // no data connection comes, and each time that has to be waited for
        using var talk = await board.LogInAsync();
        var argument = Gen.OneOf(
            Gen.Elements("", "/", "..", "/../..", "version.txt", "/firmware.img", "/applications/x.img", "-1", "99999999999999999999", "0", "A", "I", "S", "F", "1", "2", "ALL", "127,0,0,1,0,22", "|1|10.0.0.1|22|", "%n%s%x", "$(id)", "`id`", ";id", "\\..\\..", "//////", "~root", "-la /"),
            ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get.Replace("\n", "", StringComparison.Ordinal)));
        var lines = Gen.Zip(Gen.Elements(Verbs), argument).Select(pair => pair.Item1 + " " + pair.Item2).Sample(60, 1500);
        foreach (var line in lines.Where(line => line.Length < CommandLineParser.LongestLine && line.All(c => c < 240)))
        {
            var reply = await talk.SayAsync(line);
            Assert.Matches("^[2345][0-9][0-9][ -]", reply);
            Assert.DoesNotContain(reply, static c => c is < ' ' and not '\n' or > '~');
        }

        await talk.ExpectAsync(200, "NOOP");
    }

    [Fact]
    public void Parser_AnyBytesInAnyPieces_HoldsOneLine_AndAgreesWithItself()
    {
        var bytes = ArbMap.Default.GeneratorFor<byte[]>().Select(more => Encoding.ASCII.GetBytes("NOOP\r\nPASS x").Concat(more).Concat("\r\n"u8.ToArray()).ToArray());
        Prop.ForAll(bytes.ToArbitrary(), input =>
        {
            var whole = Read(input, input.Length);
            return whole.SequenceEqual(Read(input, 1)) && whole[0] == new CommandLine("NOOP", null) && whole.All(line => line.Problem is not null || line.Verb.All(c => c is > ' ' and <= '~'));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("NOOP\n", 500)]
    [InlineData("NOOP\r\r\n", 500)]
    [InlineData("NO\rOP\r\n", 500)]
    [InlineData("NOOP\0\r\n", 500)]
    [InlineData("RETR version.txt\0.img\r\n", 500)]
    [InlineData("\u00ff\u00f4\u00ff\u00f2NOOP\r\n", 200)]
    [InlineData("\u00ff\u00fb\u0001NOOP\r\n", 200)] // IAC WILL ECHO
    [InlineData("\u00ff\u00ffNOOP\r\n", 200)]
    [InlineData("CWD \u00e4\r\n", 500)]
    [InlineData("CWD \u00c3\u00a4\r\n", 500)] // UTF-8
    [InlineData("\r\n", 502)]
    [InlineData("\t\r\n", 500)]
    public async Task LineThatIsNone_IsRefused_AndTheNextIsRead(string line, int code)
    {
        using var talk = await _board.LogInAsync();
        await talk.SendAsync(Encoding.Latin1.GetBytes(line));
        Assert.StartsWith(code.ToString(CultureInfo.InvariantCulture), await talk.ReplyAsync(), StringComparison.Ordinal);
        await talk.ExpectAsync(257, "PWD");
    }

    [Fact]
    public async Task LineWithoutEnd_EndsTheConnection_BeforeAndBehindTheLogin()
    {
        using (var talk = await _board.ConnectAsync())
        {
            await talk.SendAsync(new byte[CommandLineParser.LongestLine].Select(_ => (byte)'A').Concat("\r\n"u8.ToArray()).ToArray());
            Assert.StartsWith("502", await talk.ReplyAsync(), StringComparison.Ordinal); // the longest that may be
            await SendLongAsync(talk);
            Assert.Contains("421 A command line has more than 512 characters.", await talk.EndAsync(), StringComparison.Ordinal);
        }

        using var again = await _board.LogInSoonAsync();
        await again.ExpectAsync(200, "NOOP");
    }

    [Fact]
    public async Task ClientThatReadsNoAnswers_IsEndedByTheTimeLimit()
    {
        var time = new SteppedTime();
        await using var board = await ArmedBoard.StartAsync(time, "--Ftp:IdleTimeout=00:00:01");
        using (var talk = await board.LogInAsync())
        {
            var many = Enumerable.Repeat("FEAT\r\n"u8.ToArray(), 10_000).SelectMany(bytes => bytes).ToArray();
            var ended = Assert.ThrowsAsync<SocketException>(async () =>
            {
                while (true)
                    await talk.SendAsync(many);
            });
            await time.PassUntilAsync(ended, Limit);
            await ended;
        }

        board.Stored.Store(ArmedBoard.Id, ArmedBoard.Password, ArmedBoard.Peer);
        using var next = await board.LogInSoonAsync();
    }

    [Theory]
    [InlineData("--Ftp:LoginTimeout=00:00:01", false, "421 The login took too long.")]
    [InlineData("--Ftp:IdleTimeout=00:00:01", true, "421 No command came for too long.")]
    [InlineData("--Ftp:SessionLimit=00:00:01", true, "421 The session took too long.")]
    public async Task ClientThatSaysNothing_IsToldAndDisconnected(string limit, bool logsIn, string farewell)
    {
        var time = new SteppedTime();
        await using var board = await ArmedBoard.StartAsync(time, limit);
        using (var talk = logsIn ? await board.LogInAsync() : await board.ConnectAsync())
        {
            time.Pass(Limit); // set before the last answer
            Assert.StartsWith(farewell, await talk.EndAsync(), StringComparison.Ordinal);
        }

        using var next = await board.LogInSoonAsync();
    }

    [Fact]
    public async Task LoginTimeout_IsNotPutOffByCommands()
    {
        var time = new SteppedTime();
        await using var board = await ArmedBoard.StartAsync(time, "--Ftp:LoginTimeout=00:00:01");
        using var talk = await board.ConnectAsync();
        for (var i = 0; i < 4; i++)
        {
            Assert.DoesNotContain("421", await talk.SayAsync("NOOP"), StringComparison.Ordinal);
            time.Pass(Limit / 4);
        }

        Assert.StartsWith("421 The login took too long.", await talk.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataConnectionThatNeverComes_Is425_AndOneThatStandsStillIs426()
    {
        var time = new SteppedTime();
        await using var board = await ArmedBoard.StartAsync(time, "--Ftp:DataTimeout=00:00:01", "--Ftp:IdleTimeout=1.00:00:00", "--Ftp:SessionLimit=1.00:00:00");
        using var talk = await board.LogInAsync();
        await talk.ExpectAsync(229, "EPSV");
        var late = talk.ExpectAsync(425, "RETR version.txt");
        await time.PassUntilAsync(late, Limit);
        await late;
        using var silent = await talk.OpenDataAsync();
        await talk.ExpectAsync(150, "STOR firmware.img");
        var broken = talk.ReplyAsync();
        await time.PassUntilAsync(broken, Limit);
        Assert.StartsWith("426", await broken, StringComparison.Ordinal);
        using var reader = await talk.OpenDataAsync();
        Assert.Equal(226, int.Parse((await FetchAsync(talk, reader))[..3], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task DataConnectionFromAnotherAddress_IsNotServed_TheClientsOwnIs()
    {
        using var talk = await _board.LogInAsync();
        var port = int.Parse((await talk.ExpectAsync(229, "EPSV")).Split('|')[3], CultureInfo.InvariantCulture);
        using var thief = await talk.ConnectDataAsync(port, from: "127.9.9.9");
        using var own = await talk.ConnectDataAsync(port);
        await talk.ExpectAsync(150, "RETR version.txt");
        Assert.Equal("1.0.0\n"u8.ToArray(), await FtpTalk.ReadToEndAsync(own));
        Assert.Empty(await ReadAnywayAsync(thief));
        Assert.StartsWith("226", await talk.ReplyAsync(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<SocketException>(() => talk.ConnectDataAsync(port)); // one connection, no second
    }

    [Fact]
    public async Task ThousandPassivePorts_LeaveOneOpen()
    {
        var first = FreePort.Find(10); // at a port that any program may be given, somebody else could listen by now
        await using var board = await ArmedBoard.StartAsync($"--Ftp:PassivePorts={first}-{first + 9}");
        using var talk = await board.LogInAsync();
        var ports = new List<int>();
        for (var i = 0; i < 1000; i++)
            ports.Add(int.Parse((await talk.ExpectAsync(229, "EPSV")).Split('|')[3], CultureInfo.InvariantCulture));
        await Assert.ThrowsAsync<SocketException>(() => talk.ConnectDataAsync(ports.First(port => port != ports[^1])));
        using var data = await talk.ConnectDataAsync(ports[^1]);
        await talk.ExpectAsync(150, "NLST");
        Assert.NotEmpty(await FtpTalk.ReadToEndAsync(data));
    }

    [Fact]
    public async Task RangeOfOnePort_IsUsedAgainAndAgain_AndWhereItIsTakenThatIsSaid()
    {
        var port = FreePort.Find();
        await using var board = await ArmedBoard.StartAsync($"--Ftp:PassivePorts={port}-{port}");
        using var talk = await board.LogInAsync();
        for (var i = 0; i < 20; i++)
            Assert.Equal("1.0.0\n"u8.ToArray(), (await talk.FetchAsync("RETR version.txt")).Content);
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port));
        taken.Listen();
        await talk.ExpectAsync(425, "EPSV");
        await talk.ExpectAsync(425, "PASV");
    }

    [Fact]
    public async Task MoreThanTheLargestUpload_Is552()
    {
        await using var board = await ArmedBoard.StartAsync("--Ftp:LargestUpload=100000");
        using var talk = await board.LogInAsync();
        Assert.StartsWith("552", await talk.StoreAsync("STOR firmware.img", TestImages.Shared.Make(TestImages.Payload(5_000_000))), StringComparison.Ordinal);
        await talk.ExpectAsync(200, "NOOP");
    }

    [Fact]
    public async Task RandomBytesOnTheControlConnection_NeverEndTheServer()
    {
        var random = new Random(20261121);
        for (var i = 0; i < 40; i++)
        {
            using var talk = await _board.LogInSoonAsync();
            var bytes = new byte[random.Next(1, 3000)];
            random.NextBytes(bytes);
            try
            {
                await talk.SendAsync(bytes, i % 5 == 0 ? SocketFlags.OutOfBand : SocketFlags.None);
            }
            catch (SocketException)
            {
                // Ended already: a long line.
            }
        }

        using var last = await _board.LogInSoonAsync();
        await last.ExpectAsync(200, "NOOP");
    }

    private static async Task<string> FetchAsync(FtpTalk talk, Socket data)
    {
        await talk.ExpectAsync(150, "RETR version.txt");
        await FtpTalk.ReadToEndAsync(data);
        return await talk.ReplyAsync();
    }

    private static async Task<byte[]> ReadAnywayAsync(Socket data)
    {
        try
        {
            return await FtpTalk.ReadToEndAsync(data);
        }
        catch (IOException)
        {
            return []; // reset
        }
    }

    private static List<CommandLine> Read(byte[] input, int piece)
    {
        var parser = new CommandLineParser();
        var lines = new List<CommandLine>();
        for (var at = 0; at < input.Length && !parser.IsTooLong;)
        {
            if (parser.Take(input.AsSpan(at, Math.Min(piece, input.Length - at)), out var taken) is { } line)
                lines.Add(line);
            at += taken;
        }

        return lines;
    }

    private static async Task SendLongAsync(FtpTalk talk)
    {
        try
        {
            for (var i = 0; i < 1000; i++)
                await talk.SendAsync(new byte[10_000].Select(_ => (byte)'B').ToArray());
        }
        catch (SocketException)
        {
            // It has hung up.
        }
    }
}
