using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>What the board knows of its firmware where the boot record can't be written, is damaged, or remembers what a slot has lost.</summary>
public sealed class BootRecordTests : IAsyncDisposable
{
    private static readonly byte[] Second = TestImages.Shared.Make(TestImages.Payload(300_000));
    private static readonly byte[] Third = TestImages.Shared.Make(TestImages.Payload(200_000, 3), manifest => manifest with { Version = "3.0", Sequence = 3 });

    private readonly UpdatableBoard _board = new();

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("fail-self-test")]
    [InlineData("never-commit")] // on the watchdog's own thread
    public async Task DecisionThatCantBeStored_ResetsTheBoard_AndIsMadeAgain(string? fault)
    {
        await _board.StartAsync();
        Assert.True(await _board.SendAsync(Second));
        await _board.InstallAsync();
        await _board.StartAsync();
        if (fault is not null)
            _board.Order(fault, "1");
        _board.Install = _board.Install with { CommitWithin = TimeSpan.FromMilliseconds(fault == "never-commit" ? 20 : 60_000) };
        Directory.CreateDirectory(_board["nvram/boot.tmp"]); // nothing can be written in its place
        await _board.ProveAsync();
        Assert.True(_board.Reset.IsRequested);
        Assert.False(_board.Running.Committed.IsCompleted);
        Directory.Delete(_board["nvram/boot.tmp"]);
        _board.Install = new();
        await _board.StartAsync();
        Assert.Equal(("2.0", true, _board.Install.TrialBoots - 2), (_board.Running.Version, _board.Running.IsTrial, _board.Memory.Record.BootsLeft));
        await _board.ProveAsync();
        Assert.Equal("2.0", _board.Inbox.FindVersion(ImagePlace.Firmware));
    }

    [Fact]
    public async Task StartOnTrialThatCantBeCounted_IsNotMade()
    {
        await _board.StartAsync();
        Assert.True(await _board.SendAsync(Second));
        await _board.InstallAsync();
        Directory.CreateDirectory(_board["nvram/boot.tmp"]);
        await _board.StartAsync();
        Assert.Equal(("1.0.0", false), (_board.Running.Version, _board.Running.IsTrial));
        Directory.Delete(_board["nvram/boot.tmp"]);
        await _board.StartAsync();
        Assert.Equal(("2.0", true), (_board.Running.Version, _board.Running.IsTrial));
    }

    [Fact]
    public async Task DamagedRecordThatCantBeWritten_StartsWithoutATrial_AndTakesNoFirmwareUntilItCan()
    {
        await _board.StartAsync();
        await _board.UpdateAsync(Second);
        FlipBit("nvram/boot", 10);
        Directory.CreateDirectory(_board["nvram/boot.tmp"]);
        await _board.StartAsync();
        Assert.Equal(("1.0.0", false), (_board.Running.Version, _board.Running.IsTrial)); // nobody knows any more that the newer one committed
        Assert.Contains("A start on trial that can't be counted is not made", _board.Health.Problems["nvram/boot"], StringComparison.Ordinal);
        Assert.Equal(ErrorCode.WriteFailed, (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Third))).Code);
        Assert.Equal(InstallState.Failed, _board.Inbox.Status.State);
        Assert.True(File.Exists(_board["flash/os-image-2/firmware.img"]));
        Directory.Delete(_board["nvram/boot.tmp"]);
        await _board.StartAsync();
        Assert.Equal(("2.0", true), (_board.Running.Version, _board.Running.IsTrial));
        await _board.ProveAsync();
        Assert.Equal("2.0", _board.Inbox.FindVersion(ImagePlace.Firmware));
    }

    [Fact]
    public async Task FirmwareBeforeThatIsStartedInTheDamagedOnesPlace_RunsAlsoWhereThatCantBeNoted_AndIsNeverOverwritten()
    {
        await _board.StartAsync();
        await _board.UpdateAsync(Second);
        FlipBit("flash/os-image-2/firmware.img", 200);
        Directory.CreateDirectory(_board["nvram/boot.tmp"]);
        for (var start = 0; start < 2; start++)
        {
            await _board.StartAsync();
            Assert.Equal(("1.0.0", SlotName.A), (_board.Running.Version, _board.Running.Slot));
            Assert.Equal("The firmware in flash/os-image-2 is damaged; the earlier one was started.", _board.Inbox.Status.Detail);
            Assert.Contains("until one can be written", _board.Health.Problems["nvram/boot"], StringComparison.Ordinal);
            Assert.Equal(ErrorCode.WriteFailed, (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Third))).Code);
            Assert.True(File.Exists(_board["flash/os-image/version.txt"])); // what runs
        }

        Directory.Delete(_board["nvram/boot.tmp"]);
        await _board.UpdateAsync(Third); // without another start: the slot that is cleared is the damaged one
        Assert.Equal(("3.0", SlotName.B), (_board.Running.Version, _board.Running.Slot));
        Assert.Empty(_board.Health.Problems);
    }

    [Fact]
    public async Task TrialThatCantBeOrdered_IsNotBegun_AndTheBoardSaysSo()
    {
        await _board.StartAsync();
        Assert.True(await _board.SendAsync(Second));
        Directory.CreateDirectory(_board["nvram/boot.tmp"]);
        await _board.InstallAsync();
        Assert.False(_board.Reset.IsRequested);
        Assert.Equal(InstallState.Failed, _board.Inbox.Status.State);
        Assert.Equal("1.0.0", (await _board.StartAsync()).Running.Version);
        Directory.Delete(_board["nvram/boot.tmp"]);
        await _board.UpdateAsync(Second);
        Assert.Equal("2.0", _board.Running.Version);
    }

    [Theory]
    [InlineData(false)] // the one before runs
    [InlineData(true)] // the small updater
    public async Task FirmwareThatIsLost_IsNotReplacedByAnOlderOne(bool both)
    {
        await _board.StartAsync();
        await _board.UpdateAsync(Second);
        await _board.UpdateAsync(Third);
        FlipBit("flash/os-image/firmware.img", 200);
        if (both)
            FlipBit("flash/os-image-2/firmware.img", 200);
        await _board.StartAsync();
        Assert.Equal(both ? "updater" : "2.0", _board.Running.Version);
        Assert.Contains("older than what is installed", (await Assert.ThrowsAsync<ProvisioningException>(() => _board.SendAsync(Second))).Message, StringComparison.Ordinal);
        await _board.UpdateAsync(Third); // the same again mends it
        Assert.Equal("3.0", _board.Running.Version);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BootRecordThatIsDamaged_PutsTheNewerFirmwareOnTrial(bool passes)
    {
        await _board.StartAsync();
        await _board.UpdateAsync(Second);
        _board.Order("fail-self-test", "1");
        await _board.UpdateAsync(Third); // lies in slot A, and may not run
        Assert.Equal("2.0", _board.Running.Version);
        FlipBit("nvram/boot", 10);
        await _board.StartAsync();
        Assert.Equal(("3.0", true), (_board.Running.Version, _board.Running.IsTrial));
        Assert.Equal((SlotName.B, _board.Install.TrialBoots - 1, 2), (_board.Memory.Record.Active, _board.Memory.Record.BootsLeft, _board.Memory.Record.Sequence));
        _board.Order("fail-self-test", passes ? "0" : "1");
        await _board.ProveAsync();
        await _board.StartAsync();
        Assert.Equal((passes ? "3.0" : "2.0", false), (_board.Running.Version, _board.Running.IsTrial));
        Assert.Equal((passes, passes ? 3 : 2), (_board.Memory.Record.HasSpare, _board.Memory.Record.Sequence));
    }

    [Fact]
    public async Task BootRecordThatIsDamaged_BesideOneWholeSlot_StartsThatOne()
    {
        await _board.StartAsync();
        await _board.UpdateAsync(Second);
        await _board.UpdateAsync(Third);
        FlipBit("nvram/boot", 10);
        FlipBit("flash/os-image/firmware.img", 200);
        await _board.StartAsync();
        Assert.Equal(("2.0", SlotName.B, false), (_board.Running.Version, _board.Running.Slot, _board.Running.IsTrial));
    }

    private void FlipBit(string file, int at)
    {
        var bytes = File.ReadAllBytes(_board[file]);
        bytes[at] ^= 1;
        File.WriteAllBytes(_board[file], bytes);
    }
}
