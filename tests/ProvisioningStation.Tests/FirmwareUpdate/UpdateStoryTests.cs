using System.Text;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>The main form (U-1 to U-12), message by message, against a board over real sockets.</summary>
public sealed class UpdateStoryTests : UpdateTest
{
    private static readonly string[] Sharing = ["TLS StoreUpdatePassword"];
    private static readonly string[] Asking = ["FTP RETR /version.txt", "FTP QUIT"];
    private static readonly string[] Sending = ["FTP STAT", "FTP RETR /version.txt", "FTP SIZE /firmware.img", "FTP STOR /firmware.img"];

    [Fact]
    public async Task OtherVersion_IsSentInstalledReadBackErasedAndReported()
    {
        var asked = await Floor.AskAsync(Board);
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);

        Assert.Equal((UpdateState.Reported, UpdateOutcome.Succeeded), (ended.State, ended.Outcome));
        Assert.Equal(("1.0.0", "2.0.0", 1), (ended.VersionBefore, ended.VersionRead, ended.Sends));
        Assert.Equal("2.0.0", Board.Version);
        Assert.Equal([.. Sharing, .. Asking, .. Sending], WithoutTheWait(Board.Messages).Take(7));
        Assert.Equal(["FTP RETR /version.txt", "FTP QUIT", "TLS StoreUpdatePassword"], Board.Messages.TakeLast(3));
        Assert.Null(Board.Armed);
        Assert.NotNull(Board.ErasedBy);
        Assert.Null(Floor.Store.OpenPassword(asked.Id));
        Assert.Equal(UpdateOutcome.Succeeded, Assert.Single(Floor.Reports).Outcome);
    }

    [Fact]
    public async Task SameVersion_SendsNothingAndErases()
    {
        Board.Version = "2.0.0";
        var asked = await Floor.AskAsync(Board);
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);

        Assert.Equal(UpdateOutcome.NotNeeded, ended.Outcome);
        Assert.Equal([.. Sharing, .. Asking, "TLS StoreUpdatePassword"], Board.Messages);
        Assert.Null(Board.Armed);
        Assert.Equal(UpdateOutcome.NotNeeded, Assert.Single(Floor.Reports).Outcome);
    }

    [Fact]
    public async Task Application_IsUpdatedTheSameWay()
    {
        var asked = await Floor.AskAsync(Board, Floor.AddImage("7.1", application: "scanner"));
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);

        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.Equal((null, "7.1"), (ended.VersionBefore, ended.VersionRead));
        Assert.Equal(("1.0.0", "7.1"), (Board.Version, Board.ApplicationVersion));
        Assert.Contains("FTP STOR /applications/scanner.img", Board.Messages);
    }

    [Fact]
    public async Task PasswordInTheDatabase_IsWrapped()
    {
        var seen = new List<string>();
        Board.Hold = message =>
        {
            if (message.StartsWith("FTP", StringComparison.Ordinal) && Board.Armed is { } password)
            {
                seen.Add(password);
                Assert.DoesNotContain(Floor.Files, file => Encoding.Latin1.GetString(file).Contains(password, StringComparison.Ordinal));
            }

            return Task.CompletedTask;
        };
        await Floor.Runner.RunAsync((await Floor.AskAsync(Board)).Id, CancellationToken.None);
        Assert.Single(seen.Distinct());
        Assert.DoesNotContain(Floor.Shown, shown => shown.Detail?.Contains(seen[0], StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task BusyBoard_ShowsWhatItWaitsFor()
    {
        Board.Jobs.Enqueue("printing job 3 of 5");
        Board.Jobs.Enqueue("printing job 4 of 5");
        var ended = await Floor.Runner.RunAsync((await Floor.AskAsync(Board)).Id, CancellationToken.None);
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.Contains(Floor.Shown, shown => shown is { State: UpdateState.Sent, Detail: "waiting: printing job 3 of 5" });
        Assert.Contains(Floor.Shown, shown => shown is { State: UpdateState.Sending, Percent: 100 });
    }

    [Fact]
    public async Task SecondUpdateOfTheDevice_IsRefusedWhileOneIsUnderWay()
    {
        var asked = await Floor.AskAsync(Board);
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => Floor.AskAsync(Board));
        Assert.Equal(ErrorCode.Conflict, refused.Code);
        await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.NotEqual(asked.Id, (await Floor.AskAsync(Board)).Id);
    }

    private static IEnumerable<string> WithoutTheWait(IEnumerable<string> messages) => messages.Where((message, index) => index < 4 || message != "FTP QUIT");
}
