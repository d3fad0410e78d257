using ProvisioningStation.Board;
using ProvisioningStation.Board.FirmwareInstall;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>The power goes at every place of an update, each seen to have fired; afterwards the old firmware runs or the new one, whole, and the update can be repeated.</summary>
public sealed class FirmwarePowerCutTests : IAsyncDisposable
{
    private static readonly byte[] Payload = TestImages.Payload(600_000);
    private static readonly byte[] First = TestImages.Shared.Make(Payload, manifest => manifest with { Version = "1.5", Sequence = 1 });
    private static readonly byte[] Second = TestImages.Shared.Make(Payload);

    private readonly UpdatableBoard _board = new();

    public static TheoryData<string> Places => [.. BoardKillPoints.OfFirmware];

    public static TheoryData<string> ApplicationPlaces => [.. BoardKillPoints.OfApplication];

    public static TheoryData<int> Bytes => [0, 1, 43, 150, Second.Length - Payload.Length - 1, Second.Length - Payload.Length, 262_144, 262_145, 500_000, Second.Length - 1];

    public ValueTask DisposeAsync() => _board.DisposeAsync();

    [Theory]
    [MemberData(nameof(Places))]
    public async Task PowerCutAtAPlace_OldOrNewRunsWhole(string place)
    {
        await _board.StartAsync();
        await _board.UpdateAsync(First);
        _board.CutAt = place;
        await Assert.ThrowsAsync<UpdatableBoard.PowerCutException>(() => _board.UpdateAsync(Second));
        Assert.Null(_board.CutAt);
        await ComesBackAsync();
        Assert.Equal(place is BoardKillPoints.AfterTrialOrdered or BoardKillPoints.BeforeBootCounted or BoardKillPoints.AfterBootCounted or BoardKillPoints.BeforeSelfTest or BoardKillPoints.BeforeCommit or BoardKillPoints.AfterCommit
            ? "2.0" : "1.5", _board.Running.Version);
        if (_board.Running.Version == "1.5")
            await _board.UpdateAsync(Second);
        Assert.Equal("2.0", _board.Running.Version);
    }

    [Theory]
    [InlineData(BoardKillPoints.BeforeFallBack)]
    [InlineData(BoardKillPoints.AfterFallBack)]
    public async Task PowerCutInTheFallBack_OldOrNewRunsWhole(string place)
    {
        await _board.StartAsync();
        await _board.UpdateAsync(First);
        _board.Order("fail-self-test", "1");
        _board.CutAt = place;
        await Assert.ThrowsAsync<UpdatableBoard.PowerCutException>(() => _board.UpdateAsync(Second));
        await ComesBackAsync();
        Assert.Equal(place == BoardKillPoints.BeforeFallBack ? "2.0" : "1.5", _board.Running.Version); // before: nobody knows that it failed, and the next start passes
    }

    [Theory]
    [MemberData(nameof(Bytes))]
    public async Task PowerCutAtAByteOfTheSlot_TheOldRuns_AndTheTransferGoesOn(int at)
    {
        await _board.StartAsync();
        await _board.UpdateAsync(First);
        _board.Order("cut-power-at-byte", $"firmware {at}");
        await Assert.ThrowsAsync<UpdatableBoard.PowerCutException>(() => _board.SendAsync(Second));
        Assert.Equal($"board.firmware.byte-{at}", _board.Cut);
        await ComesBackAsync();
        Assert.Equal("1.5", _board.Running.Version);
        Assert.Equal(at, _board.Inbox.FindPartLength(ImagePlace.Firmware));
        await _board.UpdateAsync(Second);
        Assert.Equal("2.0", _board.Running.Version);
    }

    [Theory]
    [MemberData(nameof(ApplicationPlaces))]
    public async Task PowerCutWhileAnApplicationIsPutInPlace_ItIsTheOldOrTheNew(string place)
    {
        var editor = new ImagePlace("editor");
        await _board.StartAsync();
        await InstallAsync(1);
        _board.CutAt = place;
        Assert.True(await _board.SendAsync(Application(2), place: editor));
        await _board.InstallAsync(editor);
        Assert.Equal(place, _board.Cut);
        await _board.StartAsync();
        Assert.Equal(place == BoardKillPoints.AfterApplicationNamed ? "2" : "1", _board.Inbox.FindVersion(editor));
        if (_board.Inbox.FindVersion(editor) == "1")
            await InstallAsync(2);
        Assert.Equal("2", _board.Inbox.FindVersion(editor));

        async Task InstallAsync(int version)
        {
            Assert.True(await _board.SendAsync(Application(version), _board.Inbox.FindPartLength(editor), editor));
            await _board.InstallAsync(editor);
            await _board.StartAsync();
        }
    }

    private static byte[] Application(int version) => TestImages.Shared.Make(
        Payload, manifest => manifest with { Kind = ImageKind.Application, Name = "editor", Version = $"{version}", Sequence = version });

    /// <summary>Starts it after the cut, as often as it asks for.</summary>
    private async Task ComesBackAsync()
    {
        await _board.StartAsync();
        await _board.ProveAsync();
        Assert.False(_board.Running.IsUpdater);
        if (_board.Running.Header is { } header)
            await header.RequirePayloadAsync(new MemoryStream((await File.ReadAllBytesAsync(_board[$"flash/os-image{(_board.Running.Slot == SlotName.B ? "-2" : string.Empty)}/firmware.img"]))[header.Length..]), CancellationToken.None);
    }
}
