using System.Globalization;
using ProvisioningStation.FirmwareUpdate.Ftp;
using ProvisioningStation.Hosting;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board.Ftp;

/// <summary>The two ends of the low-load path with each other: the updating side's client at the board's server.</summary>
public sealed class UpdatingSideTests : IAsyncLifetime
{
    private static readonly byte[] Image = TestImages.Shared.Make(TestImages.Payload(5_000_000));

    private ArmedBoard _board = null!;

    public async Task InitializeAsync()
    {
        _board = await ArmedBoard.StartAsync("--FirmwareInstall:JobLimit=1.00:00:00");
        await File.WriteAllTextAsync(Path.Combine(_board.Directory, "simulate", "jobs"), "1000");
    }

    public async Task DisposeAsync() => await _board.DisposeAsync();

    [Fact]
    public async Task WholeUpdate_FromTheVersionToTheWaitingForJobs()
    {
        await using var client = await LogInAsync();
        Assert.Equal("1.0.0", await client.ReadTextAsync("/version.txt", default));
        Assert.Null(await client.FindSizeAsync("/firmware.img", default));
        Assert.Contains("State: Idle", await client.StatusAsync(default));
        using var content = new MemoryStream(Image);
        await client.StoreAsync("/firmware.img", content, 0, null, default);
        IReadOnlyList<string> state;
        do
            state = await client.StatusAsync(default);
        while (!state.Any(line => line.StartsWith("Detail: ", StringComparison.Ordinal))); // it looks for jobs behind its answer
        Assert.Contains("State: Waiting", state);
        await client.QuitAsync(default);
    }

    [Fact]
    public async Task BrokenOff_ReadsBackTheBeginning_AndGoesOn()
    {
        using (var talk = await _board.LogInAsync())
            await talk.StoreAsync("STOR /firmware.img", Image.AsMemory(0, 3_000_000));
        await using var client = await LogInAsync();
        Assert.Equal(3_000_000, await client.FindSizeAsync("/firmware.img", default));
        Assert.Equal(Image[..4204], await client.ReadBeginningAsync("/firmware.img", 4204, default));
        Assert.Equal(["version.txt", "firmware.img", "applications"], (await client.ListAsync("/", default)).Select(entry => entry.Name));
        using var content = new MemoryStream(Image);
        await client.StoreAsync("/firmware.img", content, 3_000_000, null, default);
        Assert.Contains("State: Waiting", await client.StatusAsync(default));
    }

    [Fact]
    public async Task Refusal_ReachesTheClientWithItsReason_WithoutThePassword()
    {
        await using var client = await LogInAsync();
        using var another = new TestImages();
        using var content = new MemoryStream(another.Make(TestImages.Payload(5_000_000)));
        var refused = await Assert.ThrowsAsync<FtpException>(() => client.StoreAsync("/firmware.img", content, 0, null, default));
        Assert.Equal(550, refused.Reply?.Code);
        Assert.Contains("not trusted here", refused.Message, StringComparison.Ordinal);
        Assert.Equal(550, (await Assert.ThrowsAsync<FtpException>(() => client.ReadTextAsync("/applications/editor.txt", default))).Reply?.Code);
        Assert.Equal("1.0.0", await client.ReadTextAsync("/version.txt", default));
    }

    [Fact]
    public async Task WrongPassword_IsAReplyOf530()
    {
        await using var client = await FtpClient.ConnectAsync(new FtpEndpoint(_board.Address!, NetworkPort.Any), new FtpTimeouts(), TimeProvider.System, default);
        var refused = await Assert.ThrowsAsync<FtpException>(() => client.LogInAsync(ArmedBoard.Id, "wrong-password-ABCDEFGH", default));
        Assert.Equal("530", refused.Reply?.Code.ToString(CultureInfo.InvariantCulture));
    }

    private async Task<FtpClient> LogInAsync()
    {
        var client = await FtpClient.ConnectAsync(new FtpEndpoint(_board.Address!, NetworkPort.Any), new FtpTimeouts(), TimeProvider.System, default);
        await client.LogInAsync(ArmedBoard.Id, ArmedBoard.Password, default);
        return client;
    }
}
