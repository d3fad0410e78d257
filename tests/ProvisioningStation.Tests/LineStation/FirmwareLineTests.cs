using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using ProvisioningStation.LineStation.FirmwareUpdating;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>A line that updates the firmware of its boards: the real station, the real board with its FTP and its restarts.</summary>
public sealed class FirmwareLineTests() : LineTest(
    "--Line:Steps:0=WriteCommonCertificate", "--Line:Steps:1=UpdateFirmware", "--Line:Steps:2=WriteCertificate", "--Line:Steps:3=InitializeParameters", "--Line:Steps:4=Prove",
    $"--Kiosk:Port={FreePort.Find()}")
{
    private readonly int _ftp = FreePort.Find();
    private readonly TestImages _stranger = new();
    private string? _boardsTrust;

    private protected override string[] More =>
        [$"--Firmware:Images={Make("images")}", $"--Firmware:Keys={TestImages.Shared.WriteKeys(Files["keys.pem"])}", $"--Firmware:FtpPort={_ftp}", "--Board:ReturnTimeout=00:00:30"];

    private protected override string[] BoardArguments =>
        ["--Board:Models:0=3012", "--Board:Models:1=3013", $"--Board:FirmwareKeys={_boardsTrust ?? TestImages.Shared.WriteKeys(Files["keys.pem"])}", $"--Ftp:Port={_ftp}", "--Ftp:PassivePorts=0"];

    [Fact]
    public async Task Scan_UpdatesTheBoardAndThenCertifiesTheUnit()
    {
        Put("2.0");
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Pass, null), (verdict.Verdict, verdict.Message is { } words && verdict.Code is { } code ? $"{code} {words}" : null));
        Assert.Equal(
            [StationStep.Identify, StationStep.UpdateFirmware, StationStep.UpdateFirmware, StationStep.Fetch],
            (await Rows()).Select(row => row.Step).Where(step => step is StationStep.Identify or StationStep.UpdateFirmware or StationStep.Fetch));
        Assert.Equal("2.0", await RunsAsync());
        Assert.Equal((1, "Succeeded", "Erased"), Updates());
        Assert.False(FtpIsOpen());
    }

    [Fact]
    public async Task BoardThatRunsItAlready_AndModelWithoutAnImage_OnlyGetARow()
    {
        Put("1.0.0");
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        Assert.Contains("runs 1.0.0 already", Assert.Single(await Rows(), row => row.Step == StationStep.UpdateFirmware).Message, StringComparison.Ordinal);
        File.Delete(Files["images/firmware.img"]);
        await SwapBoardAsync("board-2");
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync("3012-100002")).Verdict);
        Assert.Contains("no firmware image for model 3012", (await Rows()).Last(row => row.Step == StationStep.UpdateFirmware).Message, StringComparison.Ordinal);
        Assert.Equal(0, Updates().Count);
    }

    [Fact]
    public async Task BoardThatFallsBack_IsFailWithItsReason_AndTheNextScanTriesAgain()
    {
        Put("2.0");
        Simulate("fail-self-test", "1");
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Fail, ErrorCode.UpdateFailed), (verdict.Verdict, verdict.Code));
        Assert.Contains("failed its self-test", verdict.Message, StringComparison.Ordinal);
        Assert.Equal("1.0.0", await RunsAsync());
        Assert.False(File.Exists(Files["board-1/flash/certificate/certificate.pem"]));
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        Assert.Equal("2.0", await RunsAsync());
        Assert.False(FtpIsOpen());
    }

    [Fact]
    public async Task ImageThatTheBoardRefuses_IsBlockedWithTheBoardsReason()
    {
        _boardsTrust = _stranger.WriteKeys(Files["other-keys.pem"]);
        await SwapBoardAsync("board-2");
        Put("2.0");
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.ImageNotAllowed), (verdict.Verdict, verdict.Code));
        Assert.Contains("not trusted", verdict.Message, StringComparison.Ordinal);
        Assert.False(FtpIsOpen());
    }

    [Fact]
    public async Task StationThatEndsWhileTheBoardWaitsForItsJobs_FinishesAtTheNextScan()
    {
        await ScanUntilItWaitsAsync();
        await ShowsAsync("待機中：印刷ジョブ ");
        await RestartStationAsync(More);
        Assert.Equal(ErrorCode.Interrupted, Station.Journal.Held?.Code);
        Station.Scan(Number);
        await ShowsAsync("Waiting: printing job ");
        Simulate("jobs", "0");
        Assert.Equal(Verdict.Pass, (await Station.VerdictAsync()).Verdict);
        Assert.Equal("2.0", await RunsAsync());
        Assert.Equal("Erased", Updates().Password);
        Assert.False(FtpIsOpen());
    }

    [Fact]
    public async Task BoardInTheMiddleOfItsUpdate_ThatIsScannedAsAnotherUnit_IsUpdatedForThatOne()
    {
        await ScanUntilItWaitsAsync();
        await RestartStationAsync(More);
        Station.Scan("3012-100002");
        await ShowsAsync("Waiting: printing job ");
        Simulate("jobs", "0");
        Assert.Equal(Verdict.Pass, (await Station.VerdictAsync()).Verdict);
        Assert.False(FtpIsOpen());

        await SwapBoardAsync("board-2"); // and the first unit gets another board
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        Assert.Equal("2.0", await RunsAsync());
        Assert.False(FtpIsOpen());
    }

    [Fact]
    public async Task BoardThatHasOnlyItsSmallUpdaterLeft_IsUpdatedWithoutTlsByTheNextScan()
    {
        await ScanUntilItWaitsAsync();
        await RestartStationAsync(More);
        Simulate("break-firmware", "1");
        await SwapBoardAsync("board-1"); // the power goes, and neither firmware is whole any more
        Simulate("jobs", "0");
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), await CodeAsync("3012-100002"));
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Pass, null), (verdict.Verdict, verdict.Message is { } words && verdict.Code is { } code ? $"{code} {words}" : null));
        Assert.Contains(await Rows(), row => row.Message?.Contains("small updater", StringComparison.Ordinal) == true);
        Assert.Equal("2.0", await RunsAsync());
        Assert.False(FtpIsOpen());
    }

    [Fact]
    public async Task BoardThatIsAwayForTooLongInTheMiddleOfItsUpdate_EndsTheVisit_AndTheNextScanFinishes()
    {
        await RestartStationAsync([.. More, "--Firmware:AwayLimit=00:00:01"]);
        await ScanUntilItWaitsAsync();
        await Board.DisposeAsync(); // out, and not plugged in again
        var verdict = await Station.VerdictAsync();
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), (verdict.Verdict, verdict.Code));
        Assert.Equal("The board has not answered for 00:00:01 in the middle of its firmware update. Check that the board has power and that the cable is in, then scan again.", verdict.Message);
        Simulate("jobs", "0");
        await SwapBoardAsync("board-1");
        for (var scan = 1; (verdict = await Station.ScanAsync(Number)).Verdict != Verdict.Pass; scan++) // a slow machine takes longer than the limit to start the board again
            Assert.True(verdict.Code == ErrorCode.BoardUnavailable && scan < 5, $"{verdict.Code}: {verdict.Message}");
        Assert.Equal("2.0", await RunsAsync());
        Assert.Equal("Erased", Updates().Password);
        Assert.False(FtpIsOpen());
    }

    [Fact]
    public async Task UnitThatTheTerminalRefuses_IsRefusedBeforeItsFirmwareIsTouched()
    {
        Put("2.0");
        Terminal[Number].Blocked = true;
        Assert.Equal((Verdict.Blocked, ErrorCode.Blocked), await CodeAsync(Number));
        Assert.Equal("1.0.0", await RunsAsync());
        Assert.Equal(0, Updates().Count);
        Assert.False(FtpIsOpen());
        Terminal[Number].Blocked = false;
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        Assert.Equal("2.0", await RunsAsync());
    }

    [Fact]
    public async Task UnitThatIsRefusedBehindABrokenOffUpdate_LeavesWithItsPasswordErased()
    {
        await ScanUntilItWaitsAsync();
        await RestartStationAsync(More);
        Assert.True(FtpIsOpen());
        Terminal[Number].Blocked = true;
        Assert.Equal((Verdict.Blocked, ErrorCode.Blocked), await CodeAsync(Number));
        Assert.Equal((1, "Aborted", "Erased"), Updates());
        Assert.False(FtpIsOpen());
    }

    [Fact]
    public async Task UnitOfAModelThatGetsNoCertificate_GetsItsFirmware()
    {
        TestImages.Shared.Write(Path.Combine(Make("images"), "firmware.img"), TestImages.Payload(200_000), manifest => manifest with { Version = "2.0", Models = [ModelCode.Parse("3012"), ModelCode.Parse("3013")] });
        Assert.Equal((Verdict.Blocked, ErrorCode.NotManaged), await CodeAsync("3013-100001"));
        Assert.Equal("2.0", await RunsAsync());
    }

    [Fact]
    public async Task FileThatIsNoImage_IsSaidAtTheKiosk_AndTheOthersAreUsed()
    {
        Put("2.0");
        File.WriteAllText(Files["images/broken.img"], "broken");
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        Assert.Equal("2.0", await RunsAsync());
        Assert.Contains("broken.img", Station.Problems[FirmwareFolder.Condition], StringComparison.Ordinal);
        await ShowsAsync("A firmware image in the folder can not be used");
    }

    /// <summary>The unit's board has the whole new firmware, and jobs without end before it installs.</summary>
    private async Task ScanUntilItWaitsAsync()
    {
        Put("2.0");
        Simulate("job-milliseconds", "200");
        Simulate("jobs", "10000");
        Station.Scan(Number);
        await ShowsAsync("Waiting: printing job ");
    }

    private void Put(string version) => TestImages.Shared.Write(Path.Combine(Make("images"), "firmware.img"), TestImages.Payload(200_000), manifest => manifest with { Version = version });

    private void Simulate(string fault, string text)
    {
        Directory.CreateDirectory(Path.Combine(Board.Directory, "simulate"));
        File.WriteAllText(Path.Combine(Board.Directory, "simulate", fault), text + "\n");
    }

    private Task<IReadOnlyList<StationEvent>> Rows() => Station.Journal.GetAfterAsync(0, TimeSpan.Zero, default);

    private async Task<string> RunsAsync()
    {
        using var identity = Pki.Part(ProvisioningStation.Hosting.Tls.Role.LineStation, "1001");
        return (await Tests.Board.BoardCalls.LookAsync(Board.Client(identity))).FirmwareVersion;
    }

    private bool FtpIsOpen()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(new IPEndPoint(IPAddress.Loopback, _ftp));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>How many updates the station knows, and how the last one ended.</summary>
    private (int Count, string? Outcome, string? Password) Updates()
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Make("station"), "firmware-update.db")};Mode=ReadWriteCreate;Pooling=False");
        connection.Open();
        using var exists = new SqliteCommand("SELECT COUNT(*) FROM sqlite_master WHERE name = 'firmware_update'", connection);
        if ((long)exists.ExecuteScalar()! == 0)
            return (0, null, null);
        using var command = new SqliteCommand("SELECT (SELECT COUNT(*) FROM firmware_update), outcome, password_state FROM firmware_update ORDER BY id DESC LIMIT 1", connection);
        using var rows = command.ExecuteReader();
        return rows.Read() ? (rows.GetInt32(0), rows.GetString(1), rows.GetString(2)) : (0, null, null);
    }

    private async Task ShowsAsync(string text)
    {
        using var http = new HttpClient { BaseAddress = Station.Kiosk };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!WebUtility.HtmlDecode(await http.GetStringAsync(new Uri("/screen", UriKind.Relative), limit.Token)).Contains(text, StringComparison.Ordinal))
            await Task.Delay(50, limit.Token);
    }
}
