using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol.Board;
using ProvisioningStation.Protocol.Gateway;
using ProvisioningStation.SystemTests.Cables;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Update;

/// <summary>
/// The whole sequence of messages between a board, its gateway and the center, each a program of its own, in the main form of an update and in every variation. How often the gateway looks for a board that installs is
/// a matter of speed: here it stands still behind the image until the board has told it that it has started (U-8). The center is known in all of them; it is told in those that the board began (U-17), and so is the
/// board (U-11).
/// </summary>
public sealed class MessageSequenceTests(MessageSequenceTests.Site site) : IClassFixture<MessageSequenceTests.Site>
{
    private const string ByBoard = "--Updates:Models:0:PasswordBy=Board";
    private const string ErasedByBoard = "--Updates:Models:0:EraseBy=Board";
    private const string BegunByBoard = "--Updates:Models:0:StartedByBoard=true";

    private static readonly string[] Login = ["gateway → board FTP USER", "gateway → board FTP PASS", "gateway → board FTP TYPE I"];
    private static readonly string[] VersionAsked = ["gateway → board FTP EPSV", "gateway → board FTP RETR /version.txt"];

    /// <summary>U-4 to U-9, the same in every variation.</summary>
    private static readonly string[] Bulk =
    [
        .. Login, .. VersionAsked, "gateway → board FTP QUIT", // U-4
        .. Login, "gateway → board FTP STAT", .. VersionAsked, "gateway → board FTP SIZE /firmware.img", "gateway → board FTP EPSV", "gateway → board FTP STOR /firmware.img", // U-6
        "board → gateway NotifyPowerOn", // U-8
        .. Login, "gateway → board FTP STAT",
        .. Login, .. VersionAsked, "gateway → board FTP QUIT", // U-9
    ];

    [Fact]
    public Task MainForm() => AssertSequenceAsync(
        [],
        [
            "gateway → board StoreUpdatePassword", // U-3
            "gateway → board FTP USER", // U-4
            "gateway → board FTP PASS",
            "gateway → board FTP TYPE I",
            "gateway → board FTP EPSV",
            "gateway → board FTP RETR /version.txt",
            "gateway → board FTP QUIT",
            "gateway → board FTP USER", // U-6
            "gateway → board FTP PASS",
            "gateway → board FTP TYPE I",
            "gateway → board FTP STAT", // does it install something already?
            "gateway → board FTP EPSV",
            "gateway → board FTP RETR /version.txt",
            "gateway → board FTP SIZE /firmware.img", // has it a part of this image already?
            "gateway → board FTP EPSV",
            "gateway → board FTP STOR /firmware.img",
            "board → gateway NotifyPowerOn", // U-8; the connection ended with the reset (U-7)
            "gateway → board FTP USER",
            "gateway → board FTP PASS",
            "gateway → board FTP TYPE I",
            "gateway → board FTP STAT", // is it done?
            "gateway → board FTP USER", // U-9
            "gateway → board FTP PASS",
            "gateway → board FTP TYPE I",
            "gateway → board FTP EPSV",
            "gateway → board FTP RETR /version.txt",
            "gateway → board FTP QUIT",
            "gateway → board StoreUpdatePassword", // U-10
        ]);

    [Fact]
    public Task MainForm_ForbiddenInPlaceOfOverwritten() => AssertSequenceAsync(
        ["--Updates:Models:0:Erase=Forbid"], ["gateway → board StoreUpdatePassword", .. Bulk, "gateway → board ForbidUpdatePassword"]);

    [Fact]
    public Task BoardMakesThePassword_U13() => AssertSequenceAsync(
        [ByBoard], ["gateway → board CreateUpdatePassword", "board → gateway StoreUpdatePassword", .. Bulk, "gateway → board StoreUpdatePassword"]);

    [Fact]
    public Task BoardBegins_U14_AndTheCenterIsTold_U17() => AssertSequenceAsync(
        [BegunByBoard],
        [
            "board → gateway BeginUpdate",
            "gateway → board StoreUpdatePassword",
            .. Bulk,
            "gateway → board StoreUpdatePassword",
            "gateway → center SubmitResponse",
            "gateway → board NotifyUpdateResult",
        ]);

    [Fact]
    public Task BoardBeginsAndMakesThePassword_U15_AndTheCenterIsTold_U17() => AssertSequenceAsync(
        [BegunByBoard, ByBoard],
        [
            "board → gateway BeginUpdate",
            "gateway → board CreateUpdatePassword",
            "board → gateway StoreUpdatePassword",
            .. Bulk,
            "gateway → board StoreUpdatePassword",
            "gateway → center SubmitResponse",
            "gateway → board NotifyUpdateResult",
        ]);

    [Fact]
    public Task BoardErasesThePassword_U16() => AssertSequenceAsync(
        [ErasedByBoard], ["gateway → board StoreUpdatePassword", .. Bulk, "gateway → board NotifyUpdateResult", "board → gateway StoreUpdatePassword"]);

    [Fact]
    public Task BoardDoesAllOfIt_U15_U16_U17() => AssertSequenceAsync(
        [BegunByBoard, ByBoard, ErasedByBoard],
        [
            "board → gateway BeginUpdate",
            "gateway → board CreateUpdatePassword",
            "board → gateway StoreUpdatePassword",
            .. Bulk,
            "gateway → board NotifyUpdateResult", // once, for both: so it knows the result, too
            "board → gateway StoreUpdatePassword",
            "gateway → center SubmitResponse",
        ]);

    private async Task AssertSequenceAsync(string[] variation, string[] expected)
    {
        await using var center = await CenterStandIn.StartAsync();
        var order = new WaitOrder(site.Products.Logs, FirmwareUpdateKillPoints.AfterSentNoted);
        await site.Products.StartGatewayAsync(order.Environment, ["--Log:Level=Debug", $"--Center:Address={center.Address}", "--Updates:Models:0:Model=3012", .. variation]);
        var image = await site.Products.PutReleaseAsync();
        var log = new MessageLog(site.Products, center);
        if (variation.Contains(BegunByBoard))
            site.Products.PressUpdateKey();
        else
            await site.Products.Client.PostAsync<DeviceUpdate>("api/updates", new UpdateOrder(UpdateSite.Number, image.Id), CancellationToken.None);
        await order.ReachedAsync();
        await Wait.UntilAsync("the board's notice", () => Task.FromResult(log.HasHeard("NotifyPowerOn")));
        order.GoOn();
        var ended = await site.Products.WaitForEndAsync();

        Assert.Equal(expected, await log.ReadWholeAsync());
        Assert.Equal((image.Version, "Succeeded", image.Version), (ended.Version, ended.Outcome, ended.VersionRead));
        Assert.Equal(image.Version, await site.Products.GetVersionAsync());
        Assert.True(await site.Products.IsErasedAsync(), "the board still knows the password");
        Assert.Matches(UpdateSite.PasswordForm, OneTimePassword.Create());
        Assert.DoesNotMatch(UpdateSite.PasswordForm, site.Products.ReadLogs());
    }

    /// <summary>One product for all of them, which logs every message.</summary>
    public sealed class Site : IAsyncLifetime
    {
        public UpdateSite Products { get; } = new();

        public Task InitializeAsync() => Products.PowerOnAsync("--Log:Level=Debug");

        public async Task DisposeAsync() => await Products.DisposeAsync();
    }
}
