using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ProvisioningStation.Board;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.LineStation;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Browser;
using ProvisioningStation.SystemTests.Cables;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.SystemTests.Kill;
using Xunit;

namespace ProvisioningStation.SystemTests.Firmware;

/// <summary>A line of real programs that updates a board and certifies its unit in one scan: a board that falls back, whoever dies in the middle, and what the worker sees meanwhile.</summary>
public sealed class FirmwareLineTests(FactoryThatUpdates running) : UnitKillTests(running), IClassFixture<FactoryThatUpdates>
{
    /// <summary>All that the line adds to an update, and of the update itself one place between any two things that last: what only the line does there is to begin anew at the next scan.</summary>
    public static TheoryData<string> Points =>
    [
        .. LineStationKillPoints.OnTheFirmwareUpdate,
        FirmwareUpdateKillPoints.AfterPasswordStored,
        FirmwareUpdateKillPoints.AfterPasswordSent,
        FirmwareUpdateKillPoints.DuringSending,
        FirmwareUpdateKillPoints.BeforeSentNoted,
        FirmwareUpdateKillPoints.AfterSentNoted,
        FirmwareUpdateKillPoints.BeforeRestartNoted,
        FirmwareUpdateKillPoints.AfterVerifiedNoted,
        FirmwareUpdateKillPoints.BeforeErasedNoted,
        FirmwareUpdateKillPoints.AfterErasedNoted,
    ];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task StationThatDiesInTheMiddleOfAnUpdate_FinishesAtTheNextScan(string point)
    {
        await AssertUpdatedAsync(await KillProgramAsync(Factory.Line.Station, point));
    }

    [Theory]
    [InlineData(BoardKillPoints.AfterHeaderKept)]
    [InlineData(BoardKillPoints.BeforeCommit)]
    public async Task BoardThatLosesPowerInTheMiddleOfItsUpdate_EndsUpdatedAndProved(string point)
    {
        await CutBoardsPowerAsync(point);
        await AssertUpdatedAsync((await EventsAsync()).Last(happened => happened.Verdict == Verdict.Pass).MachineNumber!);
    }

    [FactAsRoot("mount", "umount")]
    public async Task StationsDiskThatFillsUpInTheMiddleOfAnUpdate_KeepsItsVerdictUntilThereIsRoom_AndTheNextScanFinishes()
    {
        var station = Factory.Line.Station;
        await station.Process!.DisposeAsync();
        await using (var disk = await SmallDisk.MountAsync(Factory.Layout.Line(Factory.Line.Configuration.Line), megabytes: 64))
        {
            var order = new WaitOrder(Factory.Directory, FirmwareUpdateKillPoints.DuringSending);
            station.Start(order.Environment);
            await station.WaitUntilHealthyAsync(CancellationToken.None);
            var story = new UnitUnderKill(Factory);
            var unit = await story.BeginAsync();
            await story.GoUntilAsync(unit, order.ReachedAsync());
            disk.Fill();
            order.GoOn();
            await Wait.UntilAsync("the station to say so", async () => (await station.Client.FindHealthAsync(CancellationToken.None))?.Problems.ContainsKey("storage") == true);
            Assert.DoesNotContain(await EventsAsync(), happened => happened.Verdict is not null && happened.MachineNumber == unit);
            disk.MakeRoom();
            var verdict = await story.FirstVerdictAsync(unit);
            Assert.Equal((Verdict.Blocked, ErrorCode.StorageFull), (verdict!.Verdict, verdict.Code));
            await story.FinishAsync(unit, visitGoesOn: false);
            await story.AssertConsistentAsync(unit);
            await AssertUpdatedAsync(unit);
            Assert.DoesNotContain("storage", (await station.Client.FindHealthAsync(CancellationToken.None))!.Problems.Keys);
            await station.Process!.DisposeAsync();
        }

        await station.RestartAsync();
        await station.WaitUntilHealthyAsync(CancellationToken.None);
    }

    [Fact]
    public async Task BoardThatFallsBack_IsFailWithItsReason_AndTheNextScanTriesAgain()
    {
        var story = new UnitUnderKill(Factory);
        var unit = await story.BeginAsync(fault: ("fail-self-test", "1\n"));
        var verdict = await story.ScanAsync(unit);
        Assert.Equal((Verdict.Fail, ErrorCode.UpdateFailed), (verdict.Verdict, verdict.Code));
        Assert.Contains("fell back to 1.0.0: The new firmware failed its self-test", verdict.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(story.BoardDirectory, "flash", "certificate", "certificate.pem")));
        await story.FinishAsync(unit, visitGoesOn: false);
        await story.AssertConsistentAsync(unit);
        await AssertUpdatedAsync(unit);
    }

    [ChromiumFact]
    public async Task Kiosk_ShowsHowFarTheUpdateIs_AndWhatTheBoardWaitsFor()
    {
        var order = new WaitOrder(Factory.Directory, FirmwareUpdateKillPoints.DuringSending);
        await Factory.Line.Station.RestartAsync(order.Environment);
        await Factory.Line.Station.WaitUntilHealthyAsync(CancellationToken.None);
        using var interfaces = await NetworkInterfaces.KeepAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        await using var japanese = await OpenAsync("ja", 1920, 1080);
        await using var english = await OpenAsync("en", 1920, 1080);
        await using var smallJapanese = await OpenAsync("ja", 1280, 800);
        await using var smallEnglish = await OpenAsync("en", 1280, 800);
        KioskWindow[] windows = [japanese, english, smallJapanese, smallEnglish];
        var story = new UnitUnderKill(Factory);
        var unit = await story.BeginAsync(fault: ("jobs", "10000\n"));
        await File.WriteAllTextAsync(Path.Combine(story.BoardDirectory, "simulate", "job-milliseconds"), "500\n");
        Factory.Line.Scanner.Scan(unit);
        await order.ReachedAsync();
        var shown = english.Page.Locator("[data-state=Writing]").Filter(new LocatorFilterOptions { HasTextRegex = new Regex(@"Updating firmware \d+ %") });
        var percent = Regex.Match(await shown.InnerTextAsync(new LocatorInnerTextOptions { Timeout = 60_000 }), @"Updating firmware (\d+) %").Groups[1].Value;
        Assert.InRange(int.Parse(percent, CultureInfo.InvariantCulture), 0, FactoryThatUpdates.FirstPercent);
        await LookAsync("update-sending", $"ファームウェア更新中 {percent} %", $"Updating firmware {percent} %", "Do not disconnect", "抜かないでください", unit);
        order.GoOn();
        await LookAsync("update-waiting", "待機中：印刷ジョブ ", "Waiting: printing job ", "Do not disconnect", "抜かないでください", unit);
        await File.WriteAllTextAsync(Path.Combine(story.BoardDirectory, "simulate", "jobs"), "0\n");
        await english.ShowsAsync("Pass", unit);
        await AssertUpdatedAsync(unit);

        // And one that falls back.
        var failing = await story.BeginAsync(fault: ("fail-self-test", "1\n"));
        Factory.Line.Scanner.Scan(failing);
        foreach (var window in windows)
        {
            await window.ShowsAsync("Fail", "E-UPD");
            await window.LookAsync("update-failed");
            window.AssertWell();
        }

        await english.AcknowledgeAsync();

        async Task<KioskWindow> OpenAsync(string language, int width, int height) => await KioskWindow.OpenAsync(
            await browser.NewContextAsync(new BrowserNewContextOptions
            {
                BaseURL = Factory.Line.Configuration.Kiosk!.ToString(), Locale = language, ViewportSize = new ViewportSize { Width = width, Height = height },
            }),
            language);

        async Task LookAsync(string name, params string[] texts)
        {
            foreach (var window in windows)
            {
                foreach (var text in texts)
                    await window.ShowsAsync("Writing", text);
                await window.LookAsync(name);
            }
        }
    }

    /// <summary>The unit's board runs the new firmware, and nobody can log in to it any more.</summary>
    private async Task AssertUpdatedAsync(string unit)
    {
        Assert.Contains(await EventsAsync(), happened => happened.Step == StationStep.UpdateFirmware && happened.MachineNumber == unit && happened.Message?.StartsWith($"The board runs {FactoryThatUpdates.Version}", StringComparison.Ordinal) == true);
        Assert.Equal([FactoryThatUpdates.Version], SqliteFile.Query<string>(
            Factory.Layout.CommunicationTerminal, "communication-terminal.db", "SELECT firmware_version FROM unit WHERE machine_number = @unit", new { unit }));
        Assert.Equal(await File.ReadAllBytesAsync(running.Image), await File.ReadAllBytesAsync(Path.Combine(Factory.Line.Slot.Directory, "flash", "os-image-2", "firmware.img")));
        var data = Factory.Layout.Line(Factory.Line.Configuration.Line);
        Assert.All(
            SqliteFile.Query<(string State, string Password)>(data, UpdateStore.FileName, "SELECT state, password_state FROM firmware_update WHERE device = @unit", new { unit }),
            update => Assert.Equal((nameof(UpdateState.Reported), nameof(PasswordState.Erased)), update));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(Factory.Line.Configuration.Cable.Host), running.FtpPort)));
    }

    private Task<IReadOnlyList<StationEvent>> EventsAsync() => Factory.Line.Station.Client.GetEventsAsync(0, TimeSpan.Zero, CancellationToken.None);
}
