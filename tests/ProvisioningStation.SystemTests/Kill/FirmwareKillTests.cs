using ProvisioningStation.Board;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.SystemTests.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>One board that gets one new firmware after the other.</summary>
public sealed class FirmwareKillBoard : IAsyncLifetime
{
    private int _release = 1;

    internal BoardProcess Board { get; } = new();

    public Task InitializeAsync()
    {
        Board.Arm();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await Board.DisposeAsync();

    /// <summary>The next release.</summary>
    internal (byte[] Image, string Version) Next()
    {
        _release++;
        return (TestImages.Shared.Make(TestImages.Payload(300_000, _release), manifest => manifest with { Version = $"{_release}.0", Sequence = _release }), $"{_release}.0");
    }
}

/// <summary>The board's process dies by SIGKILL at every place of an update (U-21): afterwards the old firmware runs or the new one, whole, and the update goes on from there.</summary>
public sealed class FirmwareKillTests(FirmwareKillBoard running) : IClassFixture<FirmwareKillBoard>
{
    private BoardProcess Board => running.Board;

    public static TheoryData<string> Points => [.. BoardKillPoints.OfFirmware];

    public static TheoryData<string> PointsOfFallBack => [.. BoardKillPoints.OfFallBack];

    public static TheoryData<int> Bytes => [0, 200, 262_144, 299_999];

    [Theory]
    [MemberData(nameof(Points))]
    public Task BoardThatLosesPower_RunsTheOldOrTheNew_AndTheUpdateGoesOn(string point) => CutPowerAsync(point, fault: null);

    [Theory]
    [MemberData(nameof(PointsOfFallBack))]
    public Task BoardThatLosesPowerWhileItFallsBack_RunsTheOldOrTheNew_AndTheUpdateGoesOn(string point) => CutPowerAsync(point, ("fail-self-test", "1"));

    [Theory]
    [MemberData(nameof(Bytes))]
    public Task BoardThatLosesPowerAtAByteOfTheSlot_RunsTheOld_AndTheTransferGoesOn(int at) => CutPowerAsync($"board.firmware.byte-{at}", ("cut-power-at-byte", $"firmware {at}"));

    private async Task CutPowerAsync(string point, (string Name, string Text)? fault)
    {
        var (image, version) = running.Next();
        var order = new KillOrder(Board.Markers, point);
        if (fault is { } ordered)
            Board.Order(ordered.Name, ordered.Text);
        await Board.PowerOffAsync();
        Board.PowerOn(order.Environment);
        var old = await Board.ReadVersionAsync();
        Assert.NotEqual(version, old);
        try
        {
            await Board.SendAsync(image);
        }
        catch (FtpException)
        {
            // The power went before the answer.
        }

        await order.AssertCarriedOutAsync(Board.Program!);
        await Board.PowerOffAsync();
        Board.PowerOn();
        var found = await Board.ReadVersionAsync();
        Assert.Contains(found, new[] { old, version });
        if (found == old)
            await Board.SendAsync(image);
        await Board.WaitForUpdateAsync(version);
        await AssertWholeAsync(image);
        await Board.PowerOffAsync();
    }

    private async Task AssertWholeAsync(byte[] image)
    {
        var slot = Board.Record.Active == ProvisioningStation.Board.FirmwareInstall.SlotName.A ? "flash/os-image" : "flash/os-image-2";
        Assert.Equal(image, await File.ReadAllBytesAsync(Board[$"{slot}/firmware.img"]));
    }
}
