using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Gateway;
using ProvisioningStation.SystemTests.Kill;
using Xunit;

namespace ProvisioningStation.SystemTests.Update;

/// <summary>The gateway dies at every place on the way of an update. Started again it goes on: the firmware is whole, the password is erased, and what it reports is what was read back.</summary>
public sealed class GatewayKillTests(GatewayKillTests.Site site) : IClassFixture<GatewayKillTests.Site>
{
    public static TheoryData<string> Points => [.. FirmwareUpdateKillPoints.OnTheUpdate];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task GatewayThatDies_FinishesTheUpdateWhenItIsStartedAgain(string point)
    {
        var order = new KillOrder(site.Products.Logs, point);
        await site.Products.StartGatewayAsync(order.Environment);
        var image = await site.Products.PutReleaseAsync();
        try
        {
            await site.Products.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(UpdateSite.Number, image.Id), CancellationToken.None);
        }
        catch (ProvisioningException gone) when (gone.Code == ErrorCode.Unreachable)
        {
            // It has died already: what it had stored is what the next one finds.
        }

        await order.AssertCarriedOutAsync(site.Products.Gateway!);
        await site.Products.StartGatewayAsync();
        var ended = await site.Products.WaitForEndAsync();

        Assert.Equal((image.Version, "Succeeded", image.Version), (ended.Version, ended.Outcome, ended.VersionRead));
        Assert.True(ended.PasswordErased);
        Assert.Equal(image.Version, await site.Products.GetVersionAsync());
        Assert.True(await site.Products.IsErasedAsync(), "the board still knows the password");
        Assert.DoesNotMatch(UpdateSite.PasswordForm, site.Products.ReadLogs());
    }

    /// <summary>One product for all of them; it is updated by each.</summary>
    public sealed class Site : IAsyncLifetime
    {
        public UpdateSite Products { get; } = new();

        public Task InitializeAsync() => Products.PowerOnAsync();

        public async Task DisposeAsync() => await Products.DisposeAsync();
    }
}
