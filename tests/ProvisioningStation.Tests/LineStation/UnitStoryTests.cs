using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Board;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>One unit from scan to verdict: the real station, the real board, a terminal over real SOAP; what can go wrong on the way, and the next scan after it.</summary>
public sealed class UnitStoryTests : IAsyncLifetime
{
    private const string Number = "3012-100001";

    private readonly TestPki _pki = new();
    private readonly TemporaryDirectory _directory = new();
    private TerminalStandIn _terminal = null!;
    private RunningBoard _board = null!;
    private RunningStation _station = null!;

    public async Task InitializeAsync()
    {
        _terminal = await TerminalStandIn.StartAsync(_pki, Make("terminal"));
        _board = await RunningBoard.StartAsync(Make("board-1"));
        _station = await RunningStation.StartAsync(_pki, Make("station"), _board.Address, _terminal.Address);
    }

    public async Task DisposeAsync()
    {
        await _station.DisposeAsync();
        await _board.DisposeAsync();
        await _terminal.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task BlankBoard_Idle_GetsTheCommonCertificateUnasked()
    {
        await _station.NextAsync(happened => happened is { Step: StationStep.CommonCertificate, CertificateFingerprint: not null });
        Assert.True(File.Exists(_directory["board-1/flash/common-certificate/certificate.pem"]));
        Assert.True(File.Exists(_directory["board-1/nvram/common-certificate/certificate.pem"]));
    }

    [Fact]
    public async Task Scan_BlankBoard_EndsProved()
    {
        var verdict = await _station.ScanAsync(Number);
        Assert.Equal((Verdict.Pass, 1), (verdict.Verdict, verdict.Attempt));
        Assert.Equal(_terminal[Number].Pack.Fingerprint.ToString(), verdict.CertificateFingerprint);
        Assert.Equal(CertificateState.Proved, _terminal[Number].State);
        Assert.Equal(Number, File.ReadLines(_directory["board-1/nvram/machine-number"]).First());
        Assert.False(File.Exists(_directory["board-1/nvram/write-result"]));
        Assert.Equal(
            ["RequestCertificate", "ReportReceipt", "ReportWriteResult", "ReportProof"],
            _terminal.Calls.Where(call => call != "GetCommonCertificate"));
    }

    [Fact]
    public async Task FlashThatFailsOnce_GetsANewCertificateAndPasses()
    {
        var first = _terminal[Number].Pack.Fingerprint;
        File.WriteAllText(_directory["board-1/simulate/fail-writes"], "1");
        var verdict = await _station.ScanAsync(Number);
        Assert.Equal((Verdict.Pass, 2), (verdict.Verdict, verdict.Attempt));
        Assert.NotEqual(first.ToString(), verdict.CertificateFingerprint);
    }

    [Fact]
    public async Task FlashThatFailsAlways_EndsInFailAfterThreeAttempts_AndTheNextScanIsBlocked()
    {
        File.WriteAllText(_directory["board-1/simulate/fail-writes"], "9");
        var verdict = await _station.ScanAsync(Number);
        Assert.Equal((Verdict.Fail, ErrorCode.WriteFailed, 3), (verdict.Verdict, verdict.Code, verdict.Attempt));
        Assert.Contains("call the leader", verdict.Message, StringComparison.Ordinal);
        Assert.Equal((Verdict.Blocked, ErrorCode.Blocked), await CodeAsync(Number));
    }

    [Fact]
    public async Task SecondScanOfAFinishedUnit_IsBlocked_EveryTime()
    {
        await _station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.AlreadyWritten), await CodeAsync(Number));
        Assert.Equal((Verdict.Blocked, ErrorCode.AlreadyWritten), await CodeAsync(Number));
    }

    [Fact]
    public async Task SecondBoardWithTheSamePlate_IsBlocked()
    {
        await _station.ScanAsync(Number);
        await SwapBoardAsync("board-2");
        Assert.Equal((Verdict.Blocked, ErrorCode.AlreadyWritten), await CodeAsync(Number));
    }

    [Fact]
    public async Task PlateOfAnotherBoard_IsBlocked()
    {
        await _station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.WrongBoard), await CodeAsync("3012-100002"));
    }

    [Fact]
    public async Task BoardsOneAfterAnother_AllPass()
    {
        for (var i = 1; i <= 4; i++)
        {
            Assert.Equal(Verdict.Pass, (await _station.ScanAsync($"3012-10000{i}")).Verdict);
            await SwapBoardAsync($"board-{i + 1}");
        }
    }

    [Theory]
    [InlineData("3012-10000", ErrorCode.InvalidMachineNumber)]
    [InlineData("a123-100001", ErrorCode.InvalidMachineNumber)]
    [InlineData("4901234567894", ErrorCode.InvalidMachineNumber)]
    [InlineData("%CMD-RESET", ErrorCode.InvalidMachineNumber)]
    [InlineData("3013-100001", ErrorCode.NotManaged)]
    public async Task ScanThatIsNoUnitOfOurs_IsBlockedWithTheReason(string scanned, ErrorCode code)
    {
        var verdict = await _station.ScanAsync(scanned);
        Assert.Equal((Verdict.Blocked, code), (verdict.Verdict, verdict.Code));
        Assert.False(File.Exists(_directory["board-1/flash/certificate/certificate.pem"]));
    }

    [Theory]
    [InlineData(ScanKind.NoRead)]
    [InlineData(ScanKind.Unreadable)]
    public async Task ScanThatIsNone_IsBlocked(ScanKind kind)
    {
        var verdict = await _station.ScanAsync("NOREAD", kind);
        Assert.Equal((Verdict.Blocked, ErrorCode.UnreadableScan), (verdict.Verdict, verdict.Code));
    }

    [Theory]
    [InlineData(ScanKind.Command, "%CMD-RESET", "no command")]
    [InlineData(ScanKind.Badge, "W-0042", "badge")]
    [InlineData(ScanKind.Dropped, "64 scans wait already", "dropped")]
    public async Task ScanThatIsSomethingElse_IsBlockedInWords(ScanKind kind, string text, string words)
    {
        var verdict = await _station.ScanAsync(text, kind);
        Assert.Equal(Verdict.Blocked, verdict.Verdict);
        Assert.Contains(words, verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acknowledgement_IsNoUnit()
    {
        _station.Scan("%CMD-ACK", ScanKind.Command);
        Assert.Equal(Verdict.Pass, (await _station.ScanAsync(Number)).Verdict);
        Assert.Equal(Number, Assert.Single(await _station.Journal.GetAfterAsync(0, TimeSpan.Zero, default), happened => happened.Step == StationStep.Scanned).MachineNumber);
    }

    [Fact]
    public async Task NoBoardOnTheCable_IsBlocked_AndTheScanAfterItPasses()
    {
        var port = _board.Address.Port;
        await _board.DisposeAsync();
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), await CodeAsync(Number));
        _board = await RunningBoard.StartAsync(Make("board-1"), port);
        Assert.Equal(Verdict.Pass, (await _station.ScanAsync(Number)).Verdict);
    }

    [Fact]
    public async Task TerminalDown_IsBlockedQuickly_AndTheScanAfterItPasses()
    {
        await _station.NextAsync(happened => happened is { Step: StationStep.CommonCertificate, CertificateFingerprint: not null });
        var port = _terminal.Address.Port;
        await _terminal.DisposeAsync();
        var verdict = await _station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.TerminalUnavailable), (verdict.Verdict, verdict.Code));
        Assert.InRange(verdict.Seconds, 0, 5);

        await SwapBoardAsync("board-2"); // the board line goes on: the common certificate is kept
        await _station.NextAsync(happened => happened is { Step: StationStep.CommonCertificate, CertificateFingerprint: not null });
        _terminal = await TerminalStandIn.StartAsync(_pki, Make("terminal"), port);
        Assert.Equal(Verdict.Pass, (await _station.ScanAsync(Number)).Verdict);
    }

    [Fact]
    public async Task BoardOfAnotherFactory_IsForeign()
    {
        var foreign = new TestPki();
        await using (var other = await RunningBoard.StartAsync(Make("foreign")))
        {
            var cable = other.Client(null);
            await cable.WriteCommonAsync(foreign.CommonPack);
            await cable.ResultAsync();
        }

        await SwapBoardAsync("foreign");
        Assert.Equal((Verdict.Blocked, ErrorCode.ForeignBoard), await CodeAsync(Number));
        Assert.DoesNotContain("RequestCertificate", _terminal.Calls);
    }

    [Fact]
    public async Task PartOnTheCableInsteadOfABoard_IsForeign()
    {
        await using var station = await RunningStation.StartAsync(_pki, Make("station-2"), _terminal.Address, _terminal.Address);
        var verdict = await station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.ForeignBoard), (verdict.Verdict, verdict.Code));
    }

    [Fact]
    public async Task BlankBoardAtAStationOfTheProductLine_IsBlocked()
    {
        await using var board = await RunningBoard.StartAsync(Make("board-2"));
        await using var station = await RunningStation.StartAsync(_pki, Make("station-2"), board.Address, _terminal.Address, "--Line:Steps:0=WriteCertificate", "--Line:Steps:1=InitializeParameters", "--Line:Steps:2=Prove");
        Assert.Equal(ErrorCode.NoCommonCertificate, (await station.ScanAsync(Number)).Code);
    }

    [Theory]
    [InlineData("RequestCertificate")]
    [InlineData("ReportReceipt")]
    [InlineData("ReportWriteResult")]
    [InlineData("ReportProof")]
    public async Task AnswerThatIsLost_BlocksOnce_AndTheNextScanFinishesTheJob(string call)
    {
        _terminal.BeforeAnswer = called =>
        {
            if (called == call)
                throw new ProvisioningException(ErrorCode.TerminalUnavailable, "The answer is lost.");
        };
        Assert.Equal((Verdict.Blocked, ErrorCode.TerminalUnavailable), await CodeAsync(Number));
        _terminal.BeforeAnswer = null;
        var verdict = await _station.ScanAsync(Number);
        Assert.Equal((Verdict.Pass, 1), (verdict.Verdict, verdict.Attempt));
        Assert.Equal(CertificateState.Proved, _terminal[Number].State);
        Assert.Equal((Verdict.Blocked, ErrorCode.AlreadyWritten), await CodeAsync(Number));
    }

    [Fact]
    public async Task BoardThatLostPowerBeforeThePackWasSent_GetsItByTheNextScan()
    {
        await _station.NextAsync(happened => happened is { Step: StationStep.CommonCertificate, CertificateFingerprint: not null });
        var pack = _terminal[Number].Pack;
        var port = _board.Address.Port;
        await _board.DisposeAsync();
        WriteResult.Of(WriteState.Writing, null, pack.Fingerprint).Write(_directory["board-1/nvram/write-result"]);
        _board = await RunningBoard.StartAsync(Make("board-1"), port);
        var verdict = await _station.ScanAsync(Number);
        Assert.Equal((Verdict.Pass, 1, pack.Fingerprint.ToString()), (verdict.Verdict, verdict.Attempt, verdict.CertificateFingerprint));
    }

    [Fact]
    public async Task BoardThatStopsAnsweringWhileWriting_IsBlocked_NotWaitedForForEver()
    {
        await _station.NextAsync(happened => happened is { Step: StationStep.CommonCertificate, CertificateFingerprint: not null });
        await SwapBoardAsync("board-2", TimeSpan.FromSeconds(4)); // it goes silent within its write
        await _station.NextAsync(happened => happened is { Step: StationStep.CommonCertificate, CertificateFingerprint: not null });
        _station.Scan(Number);
        await _station.NextAsync(happened => happened.Step == StationStep.Verify);
        await _board.DisposeAsync();
        var verdict = await _station.VerdictAsync();
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), (verdict.Verdict, verdict.Code));
        Assert.InRange(verdict.Seconds, 0, 10);
    }

    [Fact]
    public async Task Events_ForOperatorsAndTheLineItself_SurviveARestart()
    {
        await _station.ScanAsync(Number);
        await _station.DisposeAsync();
        _station = await RunningStation.StartAsync(_pki, Make("station"), _board.Address, _terminal.Address);

        using var operators = new OperatorClient(_station.Address, _pki.Part(Role.Operator, "operator"), Role.LineStation);
        var events = await operators.GetEventsAsync(0, TimeSpan.FromSeconds(1), default);
        Assert.Equal(events.Select(happened => happened.Sequence).Order(), events.Select(happened => happened.Sequence));
        Assert.Equal(
            [StationStep.Scanned, StationStep.Identify, StationStep.Fetch, StationStep.Write, StationStep.Verify, StationStep.Report, StationStep.Initialize, StationStep.Prove, StationStep.Done],
            events.Where(happened => happened.MachineNumber == Number && happened.Step != StationStep.CommonCertificate).Select(happened => happened.Step));
        Assert.Equal(Verdict.Pass, events.Last(happened => happened.Step == StationStep.Done).Verdict);
        Assert.Empty(await operators.GetEventsAsync(events[^1].Sequence, TimeSpan.Zero, default));
        Assert.NotNull(await operators.FindHealthAsync(default));

        using var otherLine = new OperatorClient(_station.Address, _pki.Part(Role.LineStation, "1002"), Role.LineStation);
        Assert.Equal(ErrorCode.NotAuthorized, (await Assert.ThrowsAsync<ProvisioningException>(() => otherLine.GetEventsAsync(0, TimeSpan.Zero, default))).Code);
    }

    [Fact]
    public async Task StationThatEndedRightAfterAPass_SaysItOnceMore()
    {
        await _station.ScanAsync(Number);
        await _station.DisposeAsync();
        _station = await RunningStation.StartAsync(_pki, Make("station"), _board.Address, _terminal.Address);
        Assert.Equal(Verdict.Pass, (await _station.ScanAsync(Number)).Verdict);
        Assert.Equal((Verdict.Blocked, ErrorCode.AlreadyWritten), await CodeAsync(Number));
    }

    [Fact]
    public async Task StationWithAnotherLinesCertificate_DoesNotStart()
    {
        _pki.WritePart(Make("station-2"), Role.LineStation, "1002");
        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => RunningStation.StartAsync(_pki, Make("station-2"), _board.Address, _terminal.Address));
        Assert.Contains("Line:Name", refused.Message, StringComparison.Ordinal);
    }

    private string Make(string name) => Directory.CreateDirectory(_directory[name]).FullName;

    private async Task SwapBoardAsync(string directory, TimeSpan delay = default)
    {
        var port = _board.Address.Port;
        await _board.DisposeAsync();
        _board = await RunningBoard.StartAsync(Make(directory), port, delay);
    }

    private async Task<(Verdict?, ErrorCode?)> CodeAsync(string scanned)
    {
        var verdict = await _station.ScanAsync(scanned);
        return (verdict.Verdict, verdict.Code);
    }
}
