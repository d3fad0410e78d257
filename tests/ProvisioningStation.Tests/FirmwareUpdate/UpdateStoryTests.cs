using System.Text;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>The main form (U-1 to U-12), message by message, against a board over real sockets.</summary>
public sealed class UpdateStoryTests : IAsyncLifetime
{
    private static readonly string[] Sharing = ["TLS StoreUpdatePassword"];
    private static readonly string[] Asking = ["FTP RETR /version.txt", "FTP QUIT"];
    private static readonly string[] Sending = ["FTP STAT", "FTP RETR /version.txt", "FTP SIZE /firmware.img", "FTP STOR /firmware.img"];

    private readonly UpdateFloor _floor = new();
    private ScriptedBoard _board = null!;

    public async Task InitializeAsync() => _board = await ScriptedBoard.StartAsync();

    public async Task DisposeAsync()
    {
        await _board.DisposeAsync();
        _floor.Dispose();
    }

    [Fact]
    public async Task OtherVersion_IsSentInstalledReadBackErasedAndReported()
    {
        var asked = await _floor.AskAsync(_board);
        var ended = await _floor.Runner.RunAsync(asked.Id, CancellationToken.None);

        Assert.Equal((UpdateState.Reported, UpdateOutcome.Succeeded), (ended.State, ended.Outcome));
        Assert.Equal(("1.0.0", "2.0.0", 1), (ended.VersionBefore, ended.VersionRead, ended.Sends));
        Assert.Equal("2.0.0", _board.Version);
        Assert.Equal([.. Sharing, .. Asking, .. Sending], WithoutTheWait(_board.Messages).Take(7));
        Assert.Equal(["FTP RETR /version.txt", "FTP QUIT", "TLS StoreUpdatePassword"], _board.Messages.TakeLast(3));
        Assert.Null(_board.Armed);
        Assert.NotNull(_board.ErasedBy);
        Assert.Null(_floor.Store.OpenPassword(asked.Id));
        Assert.Equal(UpdateOutcome.Succeeded, Assert.Single(_floor.Reports).Outcome);
    }

    [Fact]
    public async Task SameVersion_SendsNothingAndErases()
    {
        _board.Version = "2.0.0";
        var asked = await _floor.AskAsync(_board);
        var ended = await _floor.Runner.RunAsync(asked.Id, CancellationToken.None);

        Assert.Equal(UpdateOutcome.NotNeeded, ended.Outcome);
        Assert.Equal([.. Sharing, .. Asking, "TLS StoreUpdatePassword"], _board.Messages);
        Assert.Null(_board.Armed);
        Assert.Equal(UpdateOutcome.NotNeeded, Assert.Single(_floor.Reports).Outcome);
    }

    [Fact]
    public async Task Application_IsUpdatedTheSameWay()
    {
        var asked = await _floor.AskAsync(_board, _floor.AddImage("7.1", application: "scanner"));
        var ended = await _floor.Runner.RunAsync(asked.Id, CancellationToken.None);

        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.Equal((null, "7.1"), (ended.VersionBefore, ended.VersionRead));
        Assert.Equal(("1.0.0", "7.1"), (_board.Version, _board.ApplicationVersion));
        Assert.Contains("FTP STOR /applications/scanner.img", _board.Messages);
    }

    [Fact]
    public async Task PasswordInTheDatabase_IsWrapped()
    {
        var seen = new List<string>();
        _board.Hold = message =>
        {
            if (message.StartsWith("FTP", StringComparison.Ordinal) && _board.Armed is { } password)
            {
                seen.Add(password);
                Assert.DoesNotContain(_floor.Files, file => Encoding.Latin1.GetString(file).Contains(password, StringComparison.Ordinal));
            }

            return Task.CompletedTask;
        };
        await _floor.Runner.RunAsync((await _floor.AskAsync(_board)).Id, CancellationToken.None);
        Assert.Single(seen.Distinct());
        Assert.DoesNotContain(_floor.Shown, shown => shown.Detail?.Contains(seen[0], StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task BusyBoard_ShowsWhatItWaitsFor()
    {
        _board.Jobs.Enqueue("printing job 3 of 5");
        _board.Jobs.Enqueue("printing job 4 of 5");
        var ended = await _floor.Runner.RunAsync((await _floor.AskAsync(_board)).Id, CancellationToken.None);
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.Contains(_floor.Shown, shown => shown is { State: UpdateState.Sent, Detail: "waiting: printing job 3 of 5" });
        Assert.Contains(_floor.Shown, shown => shown is { State: UpdateState.Sending, Percent: 100 });
    }

    [Fact]
    public async Task SecondUpdateOfTheDevice_IsRefusedWhileOneIsUnderWay()
    {
        var asked = await _floor.AskAsync(_board);
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _floor.AskAsync(_board));
        Assert.Equal(ErrorCode.Conflict, refused.Code);
        await _floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.NotEqual(asked.Id, (await _floor.AskAsync(_board)).Id);
    }

    private static IEnumerable<string> WithoutTheWait(IEnumerable<string> messages) => messages.Where((message, index) => index < 4 || message != "FTP QUIT");
}
