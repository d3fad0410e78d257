using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Gateway;
using ProvisioningStation.Protocol.ManagementCenter;
using ProvisioningStation.SystemTests.Kill;
using Xunit;

namespace ProvisioningStation.SystemTests.Update;

/// <summary>The gateway dies at every place on the way of an update. Started again it goes on: the firmware is whole, the password is erased, and what it reports is what was read back.</summary>
public sealed class GatewayKillTests(GatewayKillTests.Site site) : IClassFixture<GatewayKillTests.Site>
{
    /// <summary>The board makes the one-time password and the erase password (U-13, U-16).</summary>
    private static readonly string[] PasswordsByBoard = ["--Updates:Models:0:PasswordBy=Board", "--Updates:Models:0:EraseBy=Board"];

    private static readonly string[] Forbids = ["--Updates:Models:0:Erase=Forbid"];

    private static readonly string[] BegunByBoard = ["--Updates:Models:0:StartedByBoard=true"];

    public static TheoryData<string> Points => [.. FirmwareUpdateKillPoints.OnTheUpdate];

    /// <summary>
    /// The places where a variation goes another way than the main form: how it comes to a password, how it gets rid of it, who begins and who is told. All between is FTP, the same in each. The board's messages are lost while
    /// nobody is there: it has to tell them again, and the gateway must take neither an old one for the new one nor wait for one that has come.
    /// </summary>
    public static TheoryData<string[], string> PointsOfVariations => new()
    {
        { PasswordsByBoard, FirmwareUpdateKillPoints.AfterPasswordStored }, // it is stored that the board will be asked; nothing else is there
        { PasswordsByBoard, FirmwareUpdateKillPoints.AfterBoardAsked }, // the board tells nobody its password, and is asked for one again
        { PasswordsByBoard, FirmwareUpdateKillPoints.AfterPasswordSent }, // the board's call has stored it; its answer may be lost
        { PasswordsByBoard, FirmwareUpdateKillPoints.AfterBoardTold }, // the board has erased, and tells nobody its erase password
        { PasswordsByBoard, FirmwareUpdateKillPoints.BeforeErasedNoted }, // the board's call has stored that; its answer may be lost
        { Forbids, FirmwareUpdateKillPoints.BeforeErasedNoted }, // it is forbidden once more
        { BegunByBoard, FirmwareUpdateKillPoints.BeforePasswordStored }, // the wish is stored; the board may not know
        { BegunByBoard, FirmwareUpdateKillPoints.AfterCenterTold }, // the center is told once more, of the same update
        { BegunByBoard, FirmwareUpdateKillPoints.AfterBoardTold }, // and so is the board
    };

    [Theory]
    [MemberData(nameof(Points))]
    public Task GatewayThatDies_FinishesTheUpdateWhenItIsStartedAgain(string point) => DieAsync(point, [], isBegunByBoard: false);

    [Theory]
    [MemberData(nameof(PointsOfVariations))]
    public async Task GatewayThatDiesInAVariation_FinishesTheUpdateWhenItIsStartedAgain(string[] variation, string point)
    {
        await using var center = await CenterStandIn.StartAsync();
        var isBegunByBoard = variation.SequenceEqual(BegunByBoard);
        var ended = await DieAsync(point, ["--Updates:Models:0:Model=3012", $"--Center:Address={center.Address}", .. variation], isBegunByBoard);
        var told = center.Told.Select(told => told.Message).Where(message => message.RequestId.Value == ended.Id).ToList();
        if (!isBegunByBoard)
        {
            Assert.Empty(told);
            return;
        }

        Assert.True(told.Count >= (point == FirmwareUpdateKillPoints.AfterCenterTold ? 2 : 1), $"The center was told {told.Count} times.");
        Assert.All(told, message => Assert.Equal((RequestKind.UpdateFirmware, ResponseKind.Result, ended.Version), (message.Kind, message.Response, message.FirmwareVersion)));
        Assert.Equal($"succeeded {ended.Version}\n", site.Products.ReadShownResult());
    }

    private async Task<DeviceUpdate> DieAsync(string point, string[] settings, bool isBegunByBoard)
    {
        var order = new KillOrder(site.Products.Logs, point);
        await site.Products.StartGatewayAsync(order.Environment, settings);
        var image = await site.Products.PutReleaseAsync();
        if (isBegunByBoard)
            site.Products.PressUpdateKey();
        else
            await OrderAsync(image);

        await order.AssertCarriedOutAsync(site.Products.Gateway!);
        await site.Products.StartGatewayAsync(null, settings);
        var updates = await site.Products.WaitForEndsAsync(image.Version);
        var ended = updates[^1];

        Assert.Equal(("Succeeded", image.Version), (ended.Outcome, ended.VersionRead));
        Assert.All(updates.SkipLast(1), again => Assert.Equal("NotNeeded", again.Outcome));
        Assert.All(updates, update => Assert.True(update.PasswordErased));
        Assert.Equal(image.Version, await site.Products.GetVersionAsync());
        Assert.True(await site.Products.IsErasedAsync(), "the board still knows the password");
        Assert.DoesNotMatch(UpdateSite.PasswordForm, site.Products.ReadLogs());
        return ended;
    }

    private async Task OrderAsync(StoredFirmware image)
    {
        try
        {
            await site.Products.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(UpdateSite.Number, image.Id), CancellationToken.None);
        }
        catch (ProvisioningException gone) when (gone.Code == ErrorCode.Unreachable)
        {
            // It has died already: what it had stored is what the next one finds.
        }
    }

    /// <summary>One product for all of them; it is updated by each.</summary>
    public sealed class Site : IAsyncLifetime
    {
        public UpdateSite Products { get; } = new();

        public Task InitializeAsync() => Products.PowerOnAsync();

        public async Task DisposeAsync() => await Products.DisposeAsync();
    }
}
