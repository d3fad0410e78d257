using ProvisioningStation.Control;
using ProvisioningStation.Protocol.Gateway;
using ProvisioningStation.Protocol.ManagementCenter;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Update;

/// <summary>Updates of a real product by a real gateway: from the command line, from the board's control panel, and one that falls back.</summary>
public sealed class UpdateEndToEndTests(UpdateEndToEndTests.Site site) : IClassFixture<UpdateEndToEndTests.Site>
{
    private UpdateSite Products => site.Products;

    [Fact]
    public async Task OperatorUpdatesADevice_FromTheCommandLine()
    {
        await Products.StartGatewayAsync();
        var (file, version) = Products.Release();
        Assert.Equal(0, (await ControlAsync("update", "images", "put", file)).ExitCode);
        Assert.Equal(0, (await ControlAsync("update", "images", "put", file)).ExitCode); // the same one again is the same one
        var (code, shown, error) = await ControlAsync("update", "start", UpdateSite.Number, "--image", version, "--watch");
        Assert.True(code == 0, shown + error);
        Assert.Contains($"{UpdateSite.Number} Succeeded", shown, StringComparison.Ordinal);
        var ended = await Products.WaitForEndAsync();
        Assert.Equal((version, version, "Succeeded"), (ended.VersionRead, await Products.GetVersionAsync(), ended.Outcome));
        Assert.True(await Products.IsErasedAsync(), "the board still knows the password");

        (code, shown, _) = await ControlAsync("update", "start", UpdateSite.Number, "--watch"); // its newest firmware runs already
        Assert.Equal(0, code);
        Assert.Contains($"{UpdateSite.Number} NotNeeded: It runs {version} already.", shown, StringComparison.Ordinal);
        await Products.WaitForEndAsync();
        Assert.Contains(version, (await ControlAsync("update", "list", "--device", UpdateSite.Number)).Output, StringComparison.Ordinal);
        Assert.Contains("erased", (await ControlAsync("update", "show", ended.Id.ToString())).Output, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.NotFound, (await ControlAsync("update", "start", "3012-999999")).ExitCode);
        Assert.Equal((int)ExitCode.Conflict, (await ControlAsync("update", "abort", ended.Id.ToString())).ExitCode);
        Assert.Equal(0, (await ControlAsync("update", "images", "delete", version, "--yes")).ExitCode);
        Assert.Equal((int)ExitCode.NotFound, (await ControlAsync("update", "start", UpdateSite.Number, "--image", version)).ExitCode);
    }

    [Theory]
    [InlineData("UpdatingSide", "UpdatingSide")] // U-14
    [InlineData("Board", "UpdatingSide")] // U-15
    [InlineData("Board", "Board")] // U-15 with U-16
    public async Task BoardBeginsItsUpdate_AndCenterAndBoardAreTold(string passwordBy, string eraseBy)
    {
        await using var center = await CenterStandIn.StartAsync();
        await Products.StartGatewayAsync(
            null,
            $"--Center:Address={center.Address}",
            "--Updates:Models:0:Model=3012",
            "--Updates:Models:0:StartedByBoard=true",
            $"--Updates:Models:0:PasswordBy={passwordBy}",
            $"--Updates:Models:0:EraseBy={eraseBy}");
        var image = await Products.PutReleaseAsync();
        var before = await LatestAsync();
        Products.PressUpdateKey();
        await Wait.UntilAsync("the wish", async () => await LatestAsync() != before);
        var ended = await Products.WaitForEndAsync();

        Assert.Equal((image.Version, "Succeeded", $"board {UpdateSite.Number}"), (ended.VersionRead, ended.Outcome, ended.RequestedBy));
        Assert.Equal(image.Version, await Products.GetVersionAsync());
        Assert.True(await Products.IsErasedAsync(), "the board still knows the password");
        Assert.Equal($"succeeded {image.Version}\n", Products.ReadShownResult());
        var told = Assert.Single(center.Told.Select(told => told.Message).DistinctBy(message => message.RequestId));
        Assert.Equal((ended.Id, RequestKind.UpdateFirmware, ResponseKind.Result, image.Version), (told.RequestId.Value, told.Kind, told.Response, told.FirmwareVersion));
    }

    [Fact]
    public async Task FirmwareThatFailsItsSelfTest_IsReportedAsFallenBack()
    {
        await Products.StartGatewayAsync(null, "--Updates:SendAgain=0");
        var image = await Products.PutReleaseAsync();
        var before = await Products.GetVersionAsync();
        Products.Order("fail-self-test", "1");
        await Products.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(UpdateSite.Number, image.Id), CancellationToken.None);
        var ended = await Products.WaitForEndAsync();
        Assert.StartsWith($"failed: fell back to {before}: ", ended.Detail, StringComparison.Ordinal);
        Assert.Equal(("Failed", before), (ended.Outcome, ended.VersionRead));
        Assert.Equal(before, await Products.GetVersionAsync());
        Assert.True(await Products.IsErasedAsync(), "the board still knows the password");
    }

    [Fact]
    public async Task UpdateThatTheBoardBegan_AndThatFails_IsShownThereAsFailed()
    {
        await Products.StartGatewayAsync(null, "--Updates:SendAgain=0", "--Updates:Models:0:Model=3012", "--Updates:Models:0:StartedByBoard=true");
        await Products.PutReleaseAsync();
        var (version, before) = (await Products.GetVersionAsync(), await LatestAsync());
        Products.Order("fail-self-test", "1");
        Products.PressUpdateKey();
        await Wait.UntilAsync("the wish", async () => await LatestAsync() != before);
        Assert.Equal("Failed", (await Products.WaitForEndAsync()).Outcome);
        Assert.Equal($"failed {version}\n", Products.ReadShownResult());
    }

    private async Task<Guid?> LatestAsync() =>
        (await Products.Client.GetAsync<Protocol.Page<DeviceUpdate>>("api/updates?limit=1", CancellationToken.None)).Items.SingleOrDefault()?.Id;

    private Task<(int ExitCode, string Output, string Error)> ControlAsync(params string[] arguments) =>
        Tool.RunAsync("dotnet", [typeof(ControlCommand).Assembly.Location, .. arguments, "--data", Products.Factory]);

    /// <summary>One product for all of them.</summary>
    public sealed class Site : IAsyncLifetime
    {
        public UpdateSite Products { get; } = new();

        public Task InitializeAsync() => Products.PowerOnAsync();

        public async Task DisposeAsync() => await Products.DisposeAsync();
    }
}
