using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate.Ftp;

/// <summary>Whoever answers at a board's address has proved nothing. Whatever it does, the session ends with an error that says what was asked and what came of it, and in time.</summary>
public sealed class HostileFtpServerTests
{
    /// <summary>For the limits that a test is not about: its clock runs far ahead of a client that has yet to read what the server said before it stood still.</summary>
    internal static readonly TimeSpan LongerThanAnyTest = TimeSpan.FromDays(40);

    private const string Password = "ONETIMEPASSWORD2345";

    private const string LogIn = $"""
        S: 220 ready
        C: USER gateway
        S: 331 password please
        C: PASS {Password}
        S: 230 come in
        C: TYPE I
        S: 200 binary

        """;

    private const string Open = "C: EPSV\nS: 229 (|||{port}|)\n";

    [Theory]
    [InlineData("-", null, "ended the connection instead of an answer")]
    [InlineData("S: 421 too many sessions", 421, "ended the session: 421 too many sessions")]
    [InlineData("S: 120 in ten minutes", 120, "does not belong")]
    [InlineData("S: 530 not you", 530, "refused: 530 not you")]
    [InlineData("S: SSH-2.0-OpenSSH_9.2", null, "not FTP: a line that should begin with a three-digit code")]
    [InlineData("S! 220 ready\\n", null, "not FTP: a line does not end with CR LF")]
    [InlineData("S! 220 \\x1b[2J\\r\\n", null, "not FTP: a line holds control characters")]
    [InlineData("S! 220 \\xff\\xf4\\r\\n", null, "not FTP: a line is not UTF-8")]
    [InlineData("S~ 220-more", null, "not FTP: an answer has more than 256 lines")]
    [InlineData("S: 220-half\n-", null, "ended the connection instead of an answer")]
    public async Task Greeting_ThatIsNone_IsAnError(string script, int? code, string said)
    {
        await using var server = ScriptedFtpServer.Start(script);
        var failure = await Assert.ThrowsAsync<FtpException>(() => FtpSessionTests.ConnectAsync(server));
        Assert.Equal(code, failure.Reply?.Code);
        Assert.StartsWith($"The FTP server {server.Endpoint} was asked for a session, and ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyThere_IsAnError()
    {
        var server = ScriptedFtpServer.Start("-");
        await server.DisposeAsync();
        var failure = await Assert.ThrowsAsync<FtpException>(() => FtpSessionTests.ConnectAsync(server));
        Assert.Contains("there is no connection", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongPassword_IsSaidWithItsCode_AndNeverRepeated()
    {
        await using var server = ScriptedFtpServer.Start($"""
            S: 220 ready
            C: USER gateway
            S: 331 password please
            C: PASS {Password}
            S: 530 nobody here has the password {Password}
            C: STAT
            S: 211 last tried: {Password}
            """);
        await using var client = await FtpSessionTests.ConnectAsync(server);
        var failure = await Assert.ThrowsAsync<FtpException>(() => client.LogInAsync("gateway", Password, default));
        Assert.Equal(530, failure.Reply!.Code);
        Assert.Equal($"The FTP server {server.Endpoint} was asked to log in 'gateway', and refused: 530 nobody here has the password (password)", failure.Message);
        Assert.DoesNotContain(Password, failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(["last tried: (password)"], await client.StatusAsync(default));
    }

    [Theory]
    [InlineData("S! 331 password\\r\\n331 password\\r\\n", "said without being asked: 331 password")] // the second could be taken for the answer to the password
    [InlineData("S! 331 password\\r\\n23", "ended the connection")]
    [InlineData("S: 332 account", "does not belong to it: 332 account")]
    [InlineData("S: 220 ready", "does not belong to it: 220 ready")]
    public async Task AnswerToTheName_ThatIsNone_KeepsThePasswordHere(string answer, string said)
    {
        await using var server = ScriptedFtpServer.Start($"S: 220 ready\nC: USER gateway\n{answer}\n-");
        await using var client = await FtpSessionTests.ConnectAsync(server);
        var failure = await Assert.ThrowsAsync<FtpException>(() => client.LogInAsync("gateway", Password, default));
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        await server.EndsAsync();
    }

    [Theory]
    [InlineData("C: EPSV\nS: 200 binary", 200, "was asked for a data connection for 'a', and gave an answer that does not belong to it: 200 binary")]
    [InlineData("C: EPSV\nS: 229 (|||0|)", 229, "named no usable port: 229 (|||0|)")]
    [InlineData("C: EPSV\nS: 229 (|||99999|)", 229, "named no usable port")]
    [InlineData("C: EPSV\nS: 502 no\nC: PASV\nS: 227 (127,0,0,1,256,1)", 227, "named no usable port")]
    [InlineData("C: EPSV\nS: 229 (|||{closed}|)", null, "there is no connection")]
    [InlineData(Open + "C: RETR a\nS: 226 done", 226, "does not belong to it: 226 done")]
    [InlineData(Open + "C: RETR a\nS: 150 now\nD>! 1.0\nS: 451 the disk broke", 451, "refused: 451 the disk broke")]
    [InlineData(Open + "C: RETR a\nS: 150 now\nD> 1.0\nS: 426 broke off", 426, "refused: 426 broke off")]
    [InlineData(Open + "C: RETR a\nS: 150 now\nD>! 1.0\nS: 226 fine", null, "broke the data connection")]
    [InlineData(Open + "C: RETR a\nS: 150 now\nD> 1.0\n-", null, "ended the connection instead of an answer")]
    [InlineData(Open + "C: RETR a\nS: 150 now\nD* 5000000", null, "sent more than 4096 bytes")]
    [InlineData(Open + "C: RETR a\nS: 150 now\nD> \\xff\\xfe\nS: 226 fine", null, "sent what is not UTF-8")]
    [InlineData(Open + "C: RETR a\nS! 150 now\\r\\n150 now\\r\\n\nD> 1.0", 150, "does not belong to it: 150 now")]
    public async Task Reading_ThatGoesWrong_SaysHow(string script, int? code, string said)
    {
        await using var server = ScriptedFtpServer.Start(LogIn + script);
        await using var client = await FtpSessionTests.LoggedInAsync(server);
        await AssertFailsAsync(client.ReadTextAsync("a", default), code, said);
    }

    [Theory]
    [InlineData("SIZE a", "S: 213 many", "answered no number: 213 many")]
    [InlineData("SIZE a", "S: 213 -1", "answered no number")]
    [InlineData("SIZE a", "S: 213 99999999999999999999", "answered no number")]
    [InlineData("SIZE a", "S: 150 wait", "does not belong to it: 150 wait")]
    [InlineData("SIZE a", "-", "ended the connection instead of an answer")]
    [InlineData("SIZE a", "S! 213", "ended the connection instead of an answer")]
    public async Task Size_ThatIsNone_IsAnError_AndTheSessionIsOver(string heard, string answer, string said)
    {
        await using var server = ScriptedFtpServer.Start(LogIn + $"C: {heard}\n{answer}\n-");
        await using var client = await FtpSessionTests.LoggedInAsync(server);
        var failure = await Assert.ThrowsAsync<FtpException>(() => client.FindSizeAsync("a", default));
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        var again = await Assert.ThrowsAsync<FtpException>(() => client.StatusAsync(default));
        Assert.Contains($"the connection was given up. {failure.Message}", again.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_ThatIsNone_IsAnError()
    {
        await using var server = ScriptedFtpServer.Start(LogIn + Open + """
            C: MLSD /
            S: 150 now
            D> type=file; ../../etc/passwd\r\n
            S: 226 fine
            """);
        await using var client = await FtpSessionTests.LoggedInAsync(server);
        await AssertFailsAsync(client.ListAsync("/", default), null, "sent no list: a name in it is none");
    }

    [Fact]
    public async Task ServerThatGoesBetweenTwoCommands_IsHeardWithItsReason()
    {
        await using var server = ScriptedFtpServer.Start(LogIn.Replace("S: 200 binary\n", "S! 200 binary\\r\\n421 the time is over\\r\\n\n-", StringComparison.Ordinal));
        await using var client = await FtpSessionTests.LoggedInAsync(server);
        await AssertFailsAsync(client.FindSizeAsync("a", default), 421, "said without being asked: 421 the time is over");
    }

    [Theory]
    [InlineData("a\r\nDELE b")]
    [InlineData("a\n")]
    [InlineData("a\0b")]
    [InlineData("a\u0085b")]
    [InlineData("")]
    [InlineData("a?")] // the mark stands for half a letter, which no attribute can hold
    public async Task PathThatIsNoOne_IsNotSent(string path)
    {
        await using var server = ScriptedFtpServer.Start(LogIn + "C: SIZE b\nS: 213 1");
        await using var client = await FtpSessionTests.LoggedInAsync(server);
        await AssertFailsAsync(client.FindSizeAsync(path.Replace('?', '\ud800'), default), null, "SIZE was not sent: its argument");
        Assert.Equal(1, await client.FindSizeAsync("b", default));
    }

    [Theory]
    [InlineData("|", "was asked to log in 'gateway', and did not answer within 30 s.")]
    [InlineData("S: 331 password\nC: PASS " + Password + "\n|", "was asked to log in 'gateway', and did not answer within 30 s.")]
    [InlineData("S! 331 pass\n|", "did not answer within 30 s.")]
    public async Task ServerThatStopsTalking_IsGivenUp(string script, string said)
    {
        var time = new SteppedTime();
        await using var server = ScriptedFtpServer.Start("S: 220 ready\nC: USER gateway\n" + script);
        await using var client = await FtpSessionTests.ConnectAsync(server, time);
        await AssertTimesOutAsync(client.LogInAsync("gateway", Password, default), server, time, said);
    }

    [Theory]
    [InlineData("|")]
    [InlineData("D>| 1.0\n|")]
    public async Task DownloadThatStandsStill_IsGivenUp(string script)
    {
        var time = new SteppedTime();
        await using var server = ScriptedFtpServer.Start(LogIn + Open + "C: RETR a\nS: 150 now\n" + script);
        await using var client = await FtpSessionTests.LoggedInAsync(server, time, new FtpTimeouts { Reply = LongerThanAnyTest });
        await AssertTimesOutAsync(client.ReadTextAsync("a", default), server, time, "was asked for 'a', and did not send it within 30 s.");
    }

    [Fact]
    public async Task DownloadWithoutAVerdict_IsGivenUp()
    {
        var time = new SteppedTime();
        await using var server = ScriptedFtpServer.Start(LogIn + Open + "C: RETR a\nS: 150 now\nD> 1.0\n|");
        await using var client = await FtpSessionTests.LoggedInAsync(server, time, new FtpTimeouts { IdleData = LongerThanAnyTest });
        await AssertTimesOutAsync(client.ReadTextAsync("a", default), server, time, "was asked for 'a', and did not answer within 30 s.");
    }

    internal static async Task AssertTimesOutAsync(Task waiting, ScriptedFtpServer server, SteppedTime time, string said)
    {
        await server.StandsStill.WaitAsync(TimeSpan.FromMinutes(1));
        await time.PassUntilAsync(waiting, TimeSpan.FromSeconds(31));
        await AssertFailsAsync(waiting, null, said);
    }

    internal static async Task AssertFailsAsync(Task asking, int? code, string said)
    {
        var failure = await Assert.ThrowsAsync<FtpException>(() => asking);
        Assert.True(failure.Message.Contains(said, StringComparison.Ordinal), $"Not said is '{said}' in: {failure}");
        Assert.Equal(code, failure.Reply?.Code);
    }
}
