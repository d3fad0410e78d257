using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Gateway;
using ProvisioningStation.SystemTests.Cables;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.SystemTests.Kill;
using Xunit;

namespace ProvisioningStation.SystemTests.Update;

/// <summary>A disk that is really full in the middle of an update, the board's or the gateway's: nothing is lost, it is said, and it goes on when there is room again.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private const int LargeImage = 8_000_000;

    private readonly UpdateSite _site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _site.DisposeAsync();

    [FactAsRoot("mount", "umount")]
    public async Task BoardsDiskThatFillsUpWhileAnImageArrives_KeepsItsFirmware_AndForgetsThePasswordAllTheSame()
    {
        await using var disk = await SmallDisk.MountAsync(_site.BoardData, megabytes: 24);
        await _site.PowerOnAsync();
        var halt = new WaitOrder(_site.Logs, FirmwareUpdateKillPoints.DuringSending);
        var kill = new KillOrder(_site.Logs, FirmwareUpdateKillPoints.AfterErasePasswordStored);
        await _site.StartGatewayAsync(new Dictionary<string, string>(halt.Environment.Concat(kill.Environment), StringComparer.Ordinal));
        var image = await _site.PutReleaseAsync(LargeImage);
        var part = new FileInfo(Path.Combine(_site.BoardData, "flash", "os-image-2", "firmware.img.part"));
        await OrderAsync(image);
        await halt.ReachedAsync();
        await Wait.UntilAsync("the first part in flash", () =>
        {
            part.Refresh();
            return Task.FromResult(part.Exists && part.Length > 0); // there was room when the header was checked
        });
        disk.Fill();
        halt.GoOn();
        await kill.AssertCarriedOutAsync(_site.Gateway!); // the board has refused it, and the gateway was about to erase the password

        part.Refresh();
        Assert.False(part.Exists);
        Assert.Equal("1.0.0", await _site.GetVersionAsync());
        disk.Fill(); // also what the dropped upload gave back: there is no room for a second value in NVRAM
        await _site.StartGatewayAsync();
        var ended = await _site.WaitForEndAsync();
        Assert.Equal(("Failed", "1.0.0", true), (ended.Outcome, ended.VersionBefore, ended.PasswordErased));
        Assert.StartsWith("The board has no room for the image: There is no room left in the board's flash; the upload was dropped.", ended.Detail, StringComparison.Ordinal);
        Assert.True(await _site.IsErasedAsync(), "the board still knows the password");

        disk.MakeRoom();
        await AssertUpdatedAsync(image);
    }

    [FactAsRoot("mount", "umount")]
    public async Task GatewaysDiskThatIsFull_TakesNoImage_AndAnUpdateGoesOnWhenThereIsRoom()
    {
        await using var disk = await SmallDisk.MountAsync(_site.GatewayData, megabytes: 48);
        await _site.PowerOnAsync();
        var halt = new WaitOrder(_site.Logs, FirmwareUpdateKillPoints.DuringSending);
        await _site.StartGatewayAsync(halt.Environment);
        disk.Fill(left: LargeImage / 2);
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _site.PutReleaseAsync(LargeImage));
        Assert.Equal(ErrorCode.StorageFull, refused.Code);
        Assert.Empty(Directory.GetFiles(Path.Combine(_site.GatewayData, "images")));

        disk.MakeRoom();
        var image = await _site.PutReleaseAsync(LargeImage);
        await OrderAsync(image);
        await halt.ReachedAsync();
        disk.Fill();
        halt.GoOn();
        await Wait.UntilAsync("the gateway to say so", async () => (await _site.FindProblemsAsync()).ContainsKey("storage"));

        disk.MakeRoom();
        var ended = await _site.WaitForEndAsync();
        Assert.Equal(("Succeeded", image.Version, true), (ended.Outcome, ended.VersionRead, ended.PasswordErased));
        Assert.Equal(image.Version, await _site.GetVersionAsync());
        Assert.True(await _site.IsErasedAsync(), "the board still knows the password");
        Assert.DoesNotContain("storage", (await _site.FindProblemsAsync()).Keys);
    }

    private async Task AssertUpdatedAsync(StoredFirmware image)
    {
        await OrderAsync(image);
        var ended = await _site.WaitForEndAsync();
        Assert.Equal(("Succeeded", image.Version, true), (ended.Outcome, ended.VersionRead, ended.PasswordErased));
        Assert.Equal(image.Version, await _site.GetVersionAsync());
        Assert.True(await _site.IsErasedAsync(), "the board still knows the password");
    }

    private Task<DeviceUpdate> OrderAsync(StoredFirmware image) =>
        _site.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(UpdateSite.Number, image.Id), CancellationToken.None);
}
