using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>Two slots (U-21): what is started, what stays, and what the board falls back to.</summary>
public sealed class FirmwareBootTests : IAsyncDisposable
{
    private static readonly byte[] Payload = TestImages.Payload(300_000);
    private static readonly byte[] Second = TestImages.Shared.Make(Payload);
    private static readonly byte[] Third = TestImages.Shared.Make(TestImages.Payload(200_000, 3), manifest => manifest with { Version = "3.0", Sequence = 3 });

    private readonly UpdatableBoard _board = new();

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Fact]
    public async Task NewFirmware_IsOnTrialUntilItCommits_AndItsVersionIsNobodysBusinessBefore()
    {
        await _board.StartAsync();
        Assert.True(await _board.SendAsync(Second));
        await _board.InstallAsync();
        Assert.True(_board.Reset.IsRequested);
        await _board.StartAsync();
        Assert.Equal(("2.0", SlotName.B, true), (_board.Running.Version, _board.Running.Slot, _board.Running.IsTrial));
        Assert.Null(_board.Inbox.FindVersion(ImagePlace.Firmware));
        Assert.Equal(ErrorCode.BoardBusy, (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Third))).Code);
        await _board.ProveAsync();
        Assert.Equal("2.0", _board.Inbox.FindVersion(ImagePlace.Firmware));
        Assert.False(_board.Reset.IsRequested);
        await _board.StartAsync();
        Assert.Equal(("2.0", SlotName.B, false), (_board.Running.Version, _board.Running.Slot, _board.Running.IsTrial));
    }

    [Fact]
    public async Task UpdatesInARow_TakeTurnsInTheSlots()
    {
        await _board.StartAsync();
        await _board.UpdateAsync(Second);
        await _board.UpdateAsync(Third);
        Assert.Equal(("3.0", SlotName.A), (_board.Running.Version, _board.Running.Slot));
        Assert.Equal(["flash/os-image-2/firmware.img", "flash/os-image/firmware.img"], Slots());
        await _board.UpdateAsync(TestImages.Shared.Make(Payload, manifest => manifest with { Version = "4.0", Sequence = 4 }));
        Assert.Equal(("4.0", SlotName.B), (_board.Running.Version, _board.Running.Slot));
        Assert.Equal(InstallState.Idle, _board.Inbox.Status.State);
    }

    [Fact]
    public async Task FlashWithRoomForTwoImages_TakesOneUpdateAfterTheOther()
    {
        _board.FlashSize = FirmwareInbox.Reserve + (2 * Second.Length);
        await _board.StartAsync();
        foreach (var sequence in (int[])[2, 3, 4, 5])
        {
            await _board.UpdateAsync(TestImages.Shared.Make(Payload, manifest => manifest with { Sequence = sequence }));
            Assert.Equal(sequence, _board.Running.Sequence);
        }
    }

    [Fact]
    public async Task Upload_LeavesRoomForTheBootRecord()
    {
        _board.FlashSize = FirmwareInbox.Reserve + Second.Length;
        await _board.StartAsync();
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Second)); // the few bytes from assembly are in the way
        Assert.Equal(ErrorCode.StorageFull, refused.Code);
        _board.FlashSize += 100;
        await _board.StartAsync();
        Assert.True(await _board.SendAsync(Second));
    }

    [Theory]
    [InlineData("fail-self-test", "The new firmware failed its self-test.")]
    [InlineData("never-commit", "The new firmware did not commit within 00:00:00.0200000.")]
    public async Task NewFirmwareThatFails_FallsBackWithItsReason(string fault, string reason)
    {
        _board.Install = _board.Install with { CommitWithin = TimeSpan.FromMilliseconds(fault == "never-commit" ? 20 : 60_000) };
        await _board.StartAsync();
        _board.Order(fault, "1");
        await _board.UpdateAsync(Second);
        Assert.Equal("0", (await File.ReadAllTextAsync(_board[$"simulate/{fault}"])).Trim());
        Assert.Equal(("1.0.0", false), (_board.Running.Version, _board.Running.IsTrial));
        Assert.Equal("1.0.0", _board.Inbox.FindVersion(ImagePlace.Firmware));
        Assert.Equal(new InstallStatus(InstallState.Failed, reason), _board.Inbox.Status);
        await _board.StartAsync();
        Assert.Equal(reason, _board.Inbox.Status.Detail); // still, until the next upload
        _board.Install = new();
        await _board.StartAsync();
        await _board.UpdateAsync(Second);
        Assert.Equal("2.0", _board.Running.Version);
        Assert.Equal(InstallState.Idle, _board.Inbox.Status.State);
    }

    [Fact]
    public async Task NewFirmwareThatDiesAgainAndAgain_IsGivenUpWhenItsStartsAreUsedUp()
    {
        await _board.StartAsync();
        Assert.True(await _board.SendAsync(Second));
        await _board.InstallAsync();
        for (var start = 0; start < _board.Install.TrialBoots; start++)
            Assert.True((await _board.StartAsync()).Running.IsTrial);
        Assert.Equal("1.0.0", (await _board.StartAsync()).Running.Version);
        Assert.Contains("as often as it may be", _board.Inbox.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewFirmwareDamagedBeforeItsStart_IsNeverStarted()
    {
        await _board.StartAsync();
        Assert.True(await _board.SendAsync(Second));
        await _board.InstallAsync();
        FlipBit("flash/os-image-2/firmware.img", Second.Length - 5);
        Assert.Equal("1.0.0", (await _board.StartAsync()).Running.Version);
        Assert.Contains("digest does not fit", _board.Inbox.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fail-firmware-writes")]
    [InlineData("flip-bit-on-read-back")]
    public async Task FlashThatSpoilsAByte_IsFoundBeforeTheSlotIsMadeActive(string fault)
    {
        await _board.StartAsync();
        _board.Order(fault, "1");
        Assert.True(await _board.SendAsync(Second));
        await _board.InstallAsync();
        Assert.Equal("0", (await File.ReadAllTextAsync(_board[$"simulate/{fault}"])).Trim());
        Assert.False(_board.Reset.IsRequested);
        Assert.Equal(InstallState.Failed, _board.Inbox.Status.State);
        Assert.Equal(0, _board.Inbox.FindPartLength(ImagePlace.Firmware));
        await _board.UpdateAsync(Second);
        Assert.Equal("2.0", _board.Running.Version);
    }

    [Fact]
    public async Task ActiveSlotThatRots_StartsTheOneBefore()
    {
        await _board.StartAsync();
        await _board.UpdateAsync(Second);
        FlipBit("flash/os-image-2/firmware.img", 200);
        await _board.StartAsync();
        Assert.Equal("1.0.0", _board.Running.Version);
        Assert.Equal("The firmware in flash/os-image-2 is damaged; the earlier one was started.", _board.Inbox.Status.Detail);
        await _board.UpdateAsync(Third);
        Assert.Equal(("3.0", SlotName.B), (_board.Running.Version, _board.Running.Slot));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BothSlotsBroken_LeaveTheSmallUpdater_AndAnUpdateBringsTheBoardBack(bool updatedBefore)
    {
        await _board.StartAsync();
        if (updatedBefore)
            await _board.UpdateAsync(Second);
        _board.Order("break-firmware", "1");
        await _board.StartAsync();
        Assert.True(_board.Running.IsUpdater);
        Assert.Equal("updater", _board.Inbox.FindVersion(ImagePlace.Firmware));
        Assert.True((await _board.StartAsync()).Running.IsUpdater);
        await _board.UpdateAsync(Third);
        Assert.Equal("3.0", _board.Running.Version);
        Assert.Equal("3.0", (await _board.StartAsync()).Running.Version);
    }

    [Fact]
    public async Task OlderFirmware_IsRefused_UnlessItsManifestAllowsIt_AndNeverBelowTheFloor()
    {
        await _board.StartAsync();
        await _board.UpdateAsync(Third);
        Assert.Contains("older than what is installed", (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Second))).Message, StringComparison.Ordinal);
        await _board.UpdateAsync(TestImages.Shared.Make(Payload, manifest => manifest with { AllowsRollback = true }));
        Assert.Equal("2.0", _board.Running.Version);
        await _board.UpdateAsync(TestImages.Shared.Make(Payload, manifest => manifest with { Version = "5.0", Sequence = 5, MinimumSequence = 4 }));
        var older = TestImages.Shared.Make(Payload, manifest => manifest with { Sequence = 3, AllowsRollback = true });
        Assert.Contains("below 4", (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(older))).Message, StringComparison.Ordinal);
        FlipBit("flash/os-image-2/firmware.img", 200); // what runs; 2.0 in the other slot is below the floor now
        Assert.True((await _board.StartAsync()).Running.IsUpdater);
    }

    [Fact]
    public async Task FloorRisesOnlyWithTheCommit()
    {
        await _board.StartAsync();
        _board.Order("fail-self-test", "1");
        await _board.UpdateAsync(TestImages.Shared.Make(Payload, manifest => manifest with { Sequence = 9, MinimumSequence = 9 }));
        Assert.Equal("1.0.0", _board.Running.Version);
        await _board.UpdateAsync(Second);
        Assert.Equal("2.0", _board.Running.Version);
    }

    [Fact]
    public async Task BootRecordThatIsDamaged_StartsTheNewestThatIsWhole_AndKeepsItsFloor()
    {
        await _board.StartAsync();
        await _board.UpdateAsync(TestImages.Shared.Make(Payload, manifest => manifest with { Version = "5.0", Sequence = 5, MinimumSequence = 4 }));
        FlipBit("nvram/boot", 10);
        await _board.StartAsync();
        Assert.Equal("5.0", _board.Running.Version);
        Assert.Equal(4, _board.Memory.Record.Floor);
        Assert.Equal("5.0", (await _board.StartAsync()).Running.Version);
    }

    [Fact]
    public async Task FirmwareThatNobodyTrustedHasSigned_IsNotStartedWhereverItCameFrom()
    {
        await _board.StartAsync();
        await _board.UpdateAsync(Second);
        using var stranger = new TestImages();
        await File.WriteAllBytesAsync(_board["flash/os-image-2/firmware.img"], stranger.Make(Payload, manifest => manifest with { Version = "6.6" }));
        Assert.Equal("1.0.0", (await _board.StartAsync()).Running.Version);
    }

    [Fact]
    public async Task Applications_AreInstalledBesideTheFirmware_AndReplacedAsAWhole()
    {
        await _board.StartAsync();
        var place = new ImagePlace("editor");
        Assert.Null(_board.Inbox.FindVersion(place));
        Assert.True(await _board.SendAsync(Application("1.0", 1), place: place));
        Assert.Null(_board.Inbox.FindVersion(place));
        await _board.InstallAsync(place);
        Assert.True(_board.Reset.IsRequested);
        await _board.StartAsync();
        Assert.Equal(("1.0", "1.0.0"), (_board.Inbox.FindVersion(place), _board.Running.Version));
        Assert.Equal(["editor"], _board.Inbox.Applications);
        Assert.False(await _board.SendAsync(Application("1.1", 2)[..150_000], place: place));
        Assert.Equal("1.0", (await _board.StartAsync()).Inbox.FindVersion(place)); // half a new one changes nothing
        Assert.True(await _board.SendAsync(Application("1.1", 2), 150_000, place));
        await _board.InstallAsync(place);
        Assert.Equal("1.1", (await _board.StartAsync()).Inbox.FindVersion(place));
        Assert.Contains("older", (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Application("1.0", 1), place: place))).Message, StringComparison.Ordinal);
        Assert.Contains("the place of the application viewer", (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Application("1.2", 3), place: new ImagePlace("viewer")))).Message, StringComparison.Ordinal);
        Assert.Equal("1.1", _board.Inbox.FindVersion(place));
    }

    [Theory]
    [InlineData("../os-image")]
    [InlineData("UPPER")]
    [InlineData("")]
    public async Task NameThatIsNoApplications_IsNoPlace(string name)
    {
        await _board.StartAsync();
        var place = new ImagePlace(name);
        Assert.Null(_board.Inbox.FindVersion(place));
        Assert.Equal(0, _board.Inbox.FindPartLength(place));
        Assert.Equal(ErrorCode.ImageNotAllowed, (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Second, place: place))).Code);
    }

    [Fact]
    public async Task JobsDelayTheInstall_AndTheStateSaysWhich()
    {
        await _board.StartAsync();
        _board.Order("jobs", "3");
        _board.Order("job-milliseconds", "600000");
        Assert.True(await _board.SendAsync(Second));
        _board.Inbox.BeginInstall(ImagePlace.Firmware);
        while (_board.Inbox.Status != new InstallStatus(InstallState.Waiting, "printing job 1 of 3"))
            await Task.Delay(1);
        Assert.Equal(ErrorCode.BoardBusy, (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Third))).Code);
        Assert.False(_board.Reset.IsRequested);
        File.Delete(_board["simulate/jobs"]); // cancelled at the control panel
        await _board.InstallAsync();
        Assert.True(_board.Reset.IsRequested);
    }

    [Fact]
    public async Task JobsAreCountedDown_OneAfterTheOther_ReservedOnesToo()
    {
        await _board.StartAsync();
        _board.Order("jobs", "2");
        _board.Order("job-milliseconds", "1");
        var said = new List<string>();
        await new PrintJobs(_board.Map, TimeProvider.System).FinishAsync(
            TimeSpan.FromHours(1),
            detail =>
            {
                said.Add(detail);
                if (said.Count == 1)
                    _board.Order("jobs", "3"); // somebody reserves another
            },
            CancellationToken.None);
        Assert.Equal(["printing job 1 of 2", "printing job 2 of 3", "printing job 3 of 3"], said);
        Assert.Equal("0", (await File.ReadAllTextAsync(_board["simulate/jobs"])).Trim());
    }

    [Fact]
    public async Task JobsThatNeverEnd_DelayItUpToTheLimit()
    {
        _board.Install = _board.Install with { JobLimit = TimeSpan.FromMilliseconds(50) };
        await _board.StartAsync();
        _board.Order("jobs", "1000");
        _board.Order("job-milliseconds", "600000");
        await _board.UpdateAsync(Second);
        Assert.Equal("2.0", _board.Running.Version);
        Assert.Equal("1000", (await File.ReadAllTextAsync(_board["simulate/jobs"])).Trim());
    }

    private static byte[] Application(string version, long sequence) => TestImages.Shared.Make(
        TestImages.Payload(200_000, (int)sequence), manifest => manifest with { Kind = ImageKind.Application, Name = "editor", Version = version, Sequence = sequence });

    private void FlipBit(string file, int at)
    {
        var bytes = File.ReadAllBytes(_board[file]);
        bytes[at] ^= 1;
        File.WriteAllBytes(_board[file], bytes);
    }

    private List<string> Slots() =>
        [.. Directory.GetFiles(_board["flash"], "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_board[string.Empty], file)).Where(file => file.Contains("os-image", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
