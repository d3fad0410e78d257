using System.Text;
using System.Text.RegularExpressions;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;
using ProvisioningStation.Tests.Fixtures;
using Xunit;
using static ProvisioningStation.Tests.CommunicationTerminal.Refusals;

namespace ProvisioningStation.Tests.CommunicationTerminal.PlanPull;

/// <summary>Plans that the factory's system puts into a folder.</summary>
public sealed class PlanFolderTests : IAsyncLifetime
{
    private const string Good = "date,model,count\n2026-11-21,3012,5\n";

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    private string Inbox => Path.Combine(_terminal.Directory, "plan-inbox");

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--PlanPull:Source=Folder", "--PlanFolder:SettleTime=00:00:00");
        Directory.CreateDirectory(Inbox);
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Theory]
    [InlineData("plan-2026-11.csv")]
    [InlineData("202611_生産計画.CSV")]
    [InlineData("november.csv")]
    public async Task File_IsTakenAndMovedWithAWordAboutIt(string name)
    {
        Put(name, Good);
        await SweepAsync();
        Assert.Equal(["21 3012 5"], _terminal.Planned());
        Assert.Equal([name], FilesIn("taken"));
        Assert.Contains("Plan of 2026-11, pull 1: Applied, 1 rows, 0 bad.", Note("taken", name), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Inbox));
        Assert.Equal((PlanSource.Folder, name), (_terminal.History()[0].Source, _terminal.History()[0].Place));
    }

    [Fact]
    public async Task JsonFile_IsTaken()
    {
        Put("plan.json", """{"month":"2026-12","days":[{"date":"2026-12-01","model":"3012","count":3}]}""");
        await SweepAsync();
        Assert.Equal(3, Assert.Single(_terminal.Get<PlanOverview>().Show(new PlanMonth(2026, 12)).Days).Units.Count);
    }

    [Fact]
    public async Task FileThatGrows_WaitsUntilItIsComplete()
    {
        await _terminal.RestartAsync("--PlanFolder:SettleTime=01:00:00");
        Put("plan.csv", Good[..^4]);
        await SweepAsync();
        _terminal.Time.Pass(TimeSpan.FromMinutes(40));
        Put("plan.csv", Good); // the factory's system is slow
        await SweepAsync();
        _terminal.Time.Pass(TimeSpan.FromMinutes(40));
        await SweepAsync();
        Assert.Empty(_terminal.History());
        var refusal = await RefusedAsync(ErrorCode.PlanUnavailable, () => _terminal.Get<PlanPulls>().PullAsync(new PlanMonth(2026, 11), "manager", default));
        Assert.Contains("still being written", refusal.Message, StringComparison.Ordinal);
        _terminal.Time.Pass(TimeSpan.FromMinutes(40));
        await SweepAsync();
        Assert.Equal(["21 3012 5"], _terminal.Planned());
    }

    [Theory]
    [InlineData(".plan.csv")]
    [InlineData("plan.csv.tmp")]
    [InlineData("plan.csv.part")]
    [InlineData("plan.csv~")]
    public async Task NameOfAFileBeingWritten_IsLeftAlone(string name)
    {
        Put(name, Good);
        await SweepAsync();
        Assert.Empty(_terminal.History());
        Assert.Equal([Path.Combine(Inbox, name)], Directory.GetFiles(Inbox));
    }

    [Theory]
    [InlineData("plan.csv", "hello", "Line 1 has an unknown column 'hello'")]
    [InlineData("plan.csv", "date,model,count\n2026-11-21,3012,-5\n", "Line 2, column count: -5 is negative.")]
    [InlineData("plan.csv", "date,model,count\n2026-11-21,3012,5\n2026-12-01,3012,5\n", "rows of 2026-11 and of 2026-12")]
    [InlineData("plan.csv", "date,model,count\n", "nothing says which month")]
    [InlineData("plan-2026-12.csv", Good, "2026-11-21 is not in the month asked for, 2026-12")]
    [InlineData("plan.exe", Good, "does not end with .csv or .json")]
    public async Task FileThatIsNoPlan_IsRefusedWithTheReasonBesideIt(string name, string content, string reason)
    {
        Put(name, content);
        await SweepAsync();
        Assert.Equal([name], FilesIn("refused"));
        Assert.Contains(reason, Note("refused", name), StringComparison.Ordinal);
        Assert.Contains(reason, Assert.Single(_terminal.History()).Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Inbox));
        _terminal.Get<PlanPullJob>().ReportInHealth();
        Assert.Contains(reason, _terminal.Get<HealthState>().Problems["plan"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileWithBadRows_IsTakenAndNamesThem()
    {
        Put("plan.csv", Good + "2026-11-22,3012,many\n");
        await SweepAsync();
        var note = Note("taken", "plan.csv");
        Assert.Contains("Waiting, 1 rows, 1 bad. The plant manager has to confirm or discard it", note, StringComparison.Ordinal);
        Assert.Contains("Line 3, column count: 'many' is not a whole number", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SameFileAgain_ChangesNothing()
    {
        Put("plan.csv", Good);
        await SweepAsync();
        Put("plan.csv", Good);
        await SweepAsync();
        Assert.Equal([PlanOutcome.Unchanged, PlanOutcome.Applied], _terminal.History().Select(pull => pull.Outcome));
        Assert.Equal(["plan.csv", "plan.csv"], FilesIn("taken"));
        Assert.Equal(["21 3012 5"], _terminal.Planned());
    }

    [Fact]
    public async Task Link_IsRefusedAndNotFollowed()
    {
        var secret = Path.Combine(_terminal.Directory, "secret.csv");
        await File.WriteAllTextAsync(secret, Good);
        File.CreateSymbolicLink(Path.Combine(Inbox, "plan.csv"), secret);
        Directory.CreateSymbolicLink(Path.Combine(Inbox, "elsewhere.csv"), _terminal.Directory);
        await SweepAsync();
        Assert.Empty(_terminal.Planned());
        Assert.Contains("It is a link", Note("refused", "plan.csv"), StringComparison.Ordinal);
        Assert.Equal(Good, await File.ReadAllTextAsync(secret)); // it is the link that was moved
        Assert.Equal("It is a link. Only files themselves are taken.", Assert.Single(_terminal.History()).Error);
    }

    [Fact]
    public async Task LinkInThePlaceOfTaken_IsNotWrittenThrough()
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(_terminal.Directory, "elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(Inbox, "taken"), elsewhere.FullName);
        Put("plan.csv", Good);
        var refusal = await RefusedAsync(ErrorCode.PlanUnavailable, SweepAsync);
        Assert.Contains("taken is a link", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(elsewhere.GetFiles());
    }

    [Fact]
    public async Task Pipe_IsRefusedWithoutWaitingForAWriter()
    {
        using var process = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(Inbox, "plan.csv")]);
        await process.WaitForExitAsync();
        await SweepAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("It is not a regular file.", Assert.Single(_terminal.History()).Error);
    }

    [Fact]
    public async Task HostileName_LeadsNowhereAndIsShownHarmless()
    {
        var name = "a..\\..\\<b>\u001b[31m\n2026-11.csv";
        Put(name, Good);
        await SweepAsync();
        Assert.Equal("<b>?[31m?2026-11.csv", Assert.Single(_terminal.History()).Place); // text: the page escapes it
        Assert.Equal([name], FilesIn("taken"));
        Assert.Equal(["taken"], Directory.GetDirectories(Inbox).Select(Path.GetFileName));
    }

    [Fact]
    public async Task HugeFile_IsRefused()
    {
        await File.WriteAllBytesAsync(Path.Combine(Inbox, "plan.csv"), new byte[PlanReader.MaxBytes + 1]);
        await SweepAsync();
        Assert.Contains("longer than", Assert.Single(_terminal.History()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneBadFile_DoesNotHoldUpTheOthers()
    {
        Put("a.csv", "hello");
        Put("b.csv", Good);
        await SweepAsync();
        Assert.Equal(["21 3012 5"], _terminal.Planned());
        Assert.Equal(["a.csv"], FilesIn("refused"));
    }

    [Fact]
    public async Task FileThatCannotBeRead_StaysAndDoesNotHoldUpTheOthers()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Path.Combine(Inbox, "a.csv"))); // nobody can open it, root included
        Put("b.csv", Good);
        var refusal = await RefusedAsync(ErrorCode.PlanUnavailable, SweepAsync);
        Assert.Contains("a.csv can't be read", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["21 3012 5"], _terminal.Planned());
        Assert.Equal(["b.csv"], FilesIn("taken"));
    }

    [Fact]
    public async Task ShiftJisFile_IsReadWhereAgreedAndRefusedWithAdviceElsewhere()
    {
        var content = CodePagesEncodingProvider.Instance.GetEncoding(932)!.GetBytes("日付,機種,台数,先頭番号,ライン\r\n2026-11-21,3012,5,,1001\r\n");
        await File.WriteAllBytesAsync(Path.Combine(Inbox, "計画.csv"), content);
        await SweepAsync();
        Assert.Contains("If the factory's system writes Shift-JIS, set PlanPull:Encoding to ShiftJis.", Note("refused", "計画.csv"), StringComparison.Ordinal);
        await _terminal.RestartAsync("--PlanPull:Encoding=ShiftJis");
        await File.WriteAllBytesAsync(Path.Combine(Inbox, "計画.csv"), content);
        await SweepAsync();
        Assert.Equal(["21 3012 5 1001"], _terminal.Planned());
    }

    [Fact]
    public async Task EmptyFolder_SaysWhatIsMissing()
    {
        var refusal = await RefusedAsync(ErrorCode.PlanUnavailable, () => _terminal.Get<PlanPulls>().PullAsync(new PlanMonth(2026, 11), "manager", default));
        Assert.Contains("No file stands in it", refusal.Message, StringComparison.Ordinal);
        _terminal.Get<PlanPullJob>().ReportInHealth();
        Assert.Contains("No plan of 2026-11 has come into", _terminal.Get<HealthState>().Problems["plan"], StringComparison.Ordinal);
    }

    private Task SweepAsync() => _terminal.Get<PlanPullJob>().PullDueAsync(default);

    private void Put(string name, string content) => File.WriteAllText(Path.Combine(Inbox, name), content);

    /// <summary>The files' own names, without the time before them and the number where two came in one moment.</summary>
    private List<string> FilesIn(string folder) => Directory.GetFiles(Path.Combine(Inbox, folder)).Select(file => Path.GetFileName(file)).Where(file => !file.EndsWith(".txt", StringComparison.Ordinal))
        .Select(file => Regex.Replace(file, "^[0-9T]+(-[0-9])?-", string.Empty, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))).ToList();

    private string Note(string folder, string name) => File.ReadAllText(Directory.GetFiles(Path.Combine(Inbox, folder), $"*-{name}.txt").Single());
}
