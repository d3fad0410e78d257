using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Firmware;

/// <summary>The reset of a real board: the process becomes itself again, and whoever started it notices a moment of silence (U-7, U-21).</summary>
public sealed class BoardRestartTests : IAsyncLifetime
{
    private static readonly byte[] Image = TestImages.Shared.Make(TestImages.Payload(100_000));

    private readonly BoardProcess _board = new();

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Over TLS: nobody logs in over FTP where that can't be noted.</summary>
    private async Task<string> FindVersionOfOpenBoardAsync()
    {
        string? version = null;
        await Wait.UntilAsync("the board", async () => (version = await _board.FindVersionAsync()) is not null);
        return version!;
    }

    public async Task DisposeAsync() => await _board.DisposeAsync();

    [Fact]
    public async Task UpdateOverFtp_EndsItsConnectionWithTheReset_AndTheSameProcessRunsTheNewVersion()
    {
        _board.Arm();
        _board.Order("jobs", "2");
        _board.Order("job-milliseconds", "600000");
        _board.PowerOn();
        var program = _board.Program!;
        Assert.Equal("1.0.0", await _board.ReadVersionAsync());
        await using var client = await _board.LogInAsync();
        await client.StoreAsync("/firmware.img", new MemoryStream(Image), 0, null, CancellationToken.None);
        await Wait.UntilAsync("the job", async () => (await client.StatusAsync(CancellationToken.None)).Any(line => line.EndsWith("printing job 1 of 2", StringComparison.Ordinal)));
        File.Delete(_board["simulate/jobs"]);
        await Wait.UntilAsync("the reset", async () =>
        {
            try
            {
                await client.StatusAsync(CancellationToken.None);
                return false;
            }
            catch (FtpException)
            {
                return true;
            }
        });
        await _board.WaitForUpdateAsync("2.0");
        Assert.False(program.Ended.IsCompleted);
        await _board.WaitForStartsAsync(2);
        Assert.Equal(2, _board.CountStarts());
        Assert.Equal(SlotName.B, _board.Record.Active);
    }

    [Fact]
    public async Task FirmwareThatFailsItsSelfTest_RestartsTheSameProcessIntoTheOldOne()
    {
        _board.PutOnTrial(Image);
        _board.Order("fail-self-test", "1");
        _board.PowerOn(null, "--Log:Level=Debug");
        var program = _board.Program!;
        await Wait.UntilAsync("the fall back", () => Task.FromResult(_board.Record.FallBack is not null));
        await _board.WaitForVersionAsync("1.0.0");
        Assert.False(program.Ended.IsCompleted, "the launcher would have taken it for dead");
        await _board.WaitForStartsAsync(2);
        Assert.Equal(2, _board.CountStarts());
        Assert.Equal("The new firmware failed its self-test.", _board.Record.FallBack);
        var arguments = await File.ReadAllTextAsync($"/proc/{program.Id}/cmdline");
        Assert.Contains("--Log:Level=Debug\0--stop-on-stdin-end\0", arguments, StringComparison.Ordinal);
        await program.StopAsync(); // it still ends as any other program
        Assert.Equal("board ended with exit code 0.", program.Obituary[..program.Obituary.IndexOf(" (log", StringComparison.Ordinal)]);
    }

    [Fact]
    public async Task FirmwareThatHangs_IsResetByTheWatchdog()
    {
        _board.PutOnTrial(Image);
        _board.Order("never-commit", "1");
        _board.PowerOn(null, "--FirmwareInstall:CommitWithin=00:00:01");
        await Wait.UntilAsync("the fall back", () => Task.FromResult(_board.Record.FallBack is not null));
        await _board.WaitForVersionAsync("1.0.0");
        Assert.Equal("The new firmware did not commit within 00:00:01.", _board.Record.FallBack);
    }

    [Fact]
    public async Task FirmwareThatPasses_CommitsWithoutAnotherStart()
    {
        _board.PutOnTrial(Image);
        _board.PowerOn();
        await Wait.UntilAsync("the commit", () => Task.FromResult(_board.Record is { Active: SlotName.B, Trial: null }));
        await _board.WaitForVersionAsync("2.0");
        await _board.WaitForStartsAsync(1);
        Assert.Equal(1, _board.CountStarts());
    }

    [Fact]
    public async Task BoardWithBothSlotsBroken_HasFtpAndNoSoap_AndAnUpdateBringsItBack()
    {
        _board.Arm();
        _board.Order("break-firmware", "1");
        _board.PowerOn();
        Assert.Equal("updater", await _board.ReadVersionAsync());
        Assert.Null(await _board.FindVersionAsync());
        await _board.SendAsync(Image); // U-12: the password of before lets the updating side in
        await _board.WaitForUpdateAsync("2.0");
        await _board.WaitForVersionAsync("2.0");
    }

    [Fact]
    public async Task FirmwareThatCannotEvenStart_IsStartedAsOftenAsItMayBe_AndGivenUp()
    {
        _board.PutOnTrial(Image);
        using (_board.OccupyPort())
        {
            _board.PowerOn();
            await _board.Program!.Ended; // behind the fall back the old firmware can't listen either, and nobody starts it again
        }

        Assert.Contains("exit code 1", _board.Program!.Obituary, StringComparison.Ordinal);
        Assert.Equal("The new firmware was started as often as it may be, and did not commit.", _board.Record.FallBack);
        await _board.PowerOffAsync();
        _board.PowerOn();
        await _board.WaitForVersionAsync("1.0.0");
    }

    [TheoryAsRoot("mount", "umount")]
    [InlineData(true)] // full
    [InlineData(false)] // not to be written at all
    public async Task BoardWhoseNvramCantBeWritten_ComesUpWithTheFirmwareItHas_AndSaysSo(bool isFull)
    {
        _board.PutOnTrial(Image);
        _board.Arm();
        var nvram = _board["nvram"];
        await using (var disk = await SmallDisk.MountAsync(nvram, megabytes: 1))
        {
            if (isFull)
                disk.Fill();
            else
                await Tool.RunOkAsync("mount", "-o", "remount,ro", nvram);
            _board.PowerOn();
            Assert.Equal("1.0.0", await FindVersionOfOpenBoardAsync());
            await _board.PowerOffAsync();
            Assert.Contains("A start on trial that can't be counted is not made", _board.ReadLog(), StringComparison.Ordinal);
            if (!isFull)
                await Tool.RunOkAsync("mount", "-o", "remount,rw", nvram);
        }

        _board.PowerOn();
        await _board.WaitForUpdateAsync("2.0"); // the trial is ordered as before
    }

    [Fact]
    public async Task ApplicationOverFtp_IsThereBehindTheSameRestart_AndTheFirmwareIsAsItWas()
    {
        _board.Arm();
        _board.PowerOn();
        var program = _board.Program!;
        var viewer = TestImages.Shared.Make(TestImages.Payload(50_000), manifest => manifest with { Kind = ImageKind.Application, Name = "viewer", Version = "1.4" });
        await _board.SendAsync(viewer, "/applications/viewer.img");
        await _board.WaitForStartsAsync(2);
        await using var client = await _board.LogInAsync();
        Assert.Equal("1.4", (await client.ReadTextAsync("/applications/viewer.txt", CancellationToken.None)).Trim());
        Assert.Equal("1.0.0", (await client.ReadTextAsync("/version.txt", CancellationToken.None)).Trim());
        Assert.False(program.Ended.IsCompleted);
    }
}
