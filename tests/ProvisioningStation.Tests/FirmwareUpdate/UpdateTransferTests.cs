using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>The image on its way (U-6, U-22), and what the board comes up with (U-9).</summary>
public sealed class UpdateTransferTests : UpdateTest
{
    [Fact]
    public async Task BrokenTransfer_GoesOnWhereItStopped()
    {
        Board.Cuts.Enqueue(100_000);
        Board.Cuts.Enqueue(50_000);
        var ended = await RunAsync();
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.Equal(1, ended.Sends);
        Assert.Equal(["FTP REST 100000", "FTP REST 150000"], Board.Messages.Where(message => message.StartsWith("FTP REST", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public async Task PartThatIsShorterThanTheHeader_IsSentAnew(int length)
    {
        Board.Cuts.Enqueue(length);
        Assert.Equal(UpdateOutcome.Succeeded, (await RunAsync()).Outcome);
        Assert.DoesNotContain(Board.Messages, message => message.StartsWith("FTP REST", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PartOfAnotherImage_IsNotGoneOnWith()
    {
        Floor.AddImage("1.5.0");
        Board.Part = Floor.Images["1.5.0"][..200_000];
        Assert.Equal(UpdateOutcome.Succeeded, (await RunAsync()).Outcome);
        Assert.Contains("FTP RETR /firmware.img", Board.Messages);
        Assert.DoesNotContain(Board.Messages, message => message.StartsWith("FTP REST", StringComparison.Ordinal));
        Assert.Equal("2.0.0", Board.Version);
    }

    [Fact]
    public async Task PartThatWasSpoiled_IsSentFromItsBeginning()
    {
        Board.Cuts.Enqueue(100_000);
        Board.Hold = message =>
        {
            if (message.StartsWith("FTP REST", StringComparison.Ordinal))
                Board.Refusals.Enqueue("550 the payload was changed");
            return Task.CompletedTask;
        };
        var ended = await RunAsync();
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.Equal(3, Board.Messages.Count(message => message == "FTP STOR /firmware.img"));
    }

    [Fact]
    public async Task ImageThatTheBoardRefuses_FailsWithItsReason()
    {
        Board.Refusals.Enqueue("550 The image may not be installed here: it is older.");
        var ended = await RunAsync();
        Assert.Equal(UpdateOutcome.Failed, ended.Outcome);
        Assert.Contains("The image may not be installed here: it is older.", ended.Detail, StringComparison.Ordinal);
        Assert.Equal("1.0.0", Board.Version);
        Assert.Null(Board.Armed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)] // it becomes full while the upload goes on
    public async Task BoardWithoutRoom_FailsAtOnceAndSaysSo(int cut)
    {
        if (cut > 0)
            Board.Cuts.Enqueue(cut);
        else
            Board.Refusals.Enqueue("552 There is no room left in the board's flash.");
        Board.Hold = message =>
        {
            if (message.StartsWith("FTP REST", StringComparison.Ordinal))
                Board.Refusals.Enqueue("552 There is no room left in the board's flash.");
            return Task.CompletedTask;
        };
        var ended = await RunAsync();
        Assert.Equal((UpdateOutcome.Failed, ErrorCode.StorageFull), (ended.Outcome, ended.Code));
        Assert.Equal("The board has no room for the image: There is no room left in the board's flash.", ended.Detail);
        Assert.Equal(cut > 0 ? 2 : 1, Board.Messages.Count(message => message == "FTP STOR /firmware.img"));
        Assert.Null(Board.Armed);
    }

    [Fact]
    public async Task LostAnswerToAWholeImage_IsFoundOut()
    {
        Board.LosesAnswer = true;
        var ended = await RunAsync();
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.Single(Board.Messages, message => message == "FTP STOR /firmware.img");
    }

    [Fact]
    public async Task BoardThatFallsBack_IsSentToOnceMoreAndFailsWithItsReason()
    {
        Board.ComesUpWith = static _ => "1.0.0";
        Board.Started = () => Board.Status = ["State: Failed", "Detail: the self-test found no printer"];
        var ended = await RunAsync();
        Assert.Equal((UpdateOutcome.Failed, 2), (ended.Outcome, ended.Sends));
        Assert.Equal("failed: fell back to 1.0.0: the self-test found no printer", ended.Detail);
        Assert.Equal("1.0.0", ended.VersionRead);
        Assert.Equal(UpdateOutcome.Failed, Assert.Single(Floor.Reports).Outcome);
    }

    [Fact]
    public async Task BoardThatComesUpRightTheSecondTime_Succeeds()
    {
        var starts = 0;
        Board.ComesUpWith = version => ++starts == 1 ? "1.0.0" : version;
        var ended = await RunAsync();
        Assert.Equal((UpdateOutcome.Succeeded, 2), (ended.Outcome, ended.Sends));
        Assert.Equal("2.0.0", ended.VersionRead);
    }

    [Fact]
    public async Task VersionThatNobodySent_IsNoSuccess()
    {
        Board.ComesUpWith = static _ => "9.9.9";
        Assert.Equal("failed: the board came up with 9.9.9, not with 2.0.0", (await RunAsync()).Detail);
    }

    [Fact]
    public async Task ImageThatIsGone_FailsInWords()
    {
        var image = Floor.AddImage();
        var asked = await Floor.AskAsync(Board, image);
        Floor.Images.TryRemove(image.Id, out _);
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal(UpdateOutcome.Failed, ended.Outcome);
        Assert.StartsWith("The image of version 2.0.0 is not there any more.", ended.Detail, StringComparison.Ordinal);
    }

    /// <summary>Not tried for ever: no later try would read it.</summary>
    [Fact]
    public async Task ImageThatCantBeRead_FailsInWords()
    {
        var asked = await Floor.AskAsync(Board);
        Floor.Unreadable = new UnauthorizedAccessException("Permission denied.");
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal(UpdateOutcome.Failed, ended.Outcome);
        Assert.StartsWith("The image of version 2.0.0 can't be read: Permission denied.", ended.Detail, StringComparison.Ordinal);
        Assert.Null(Board.Armed);
    }

    private async Task<UpdateRecord> RunAsync() => await Floor.Runner.RunAsync((await Floor.AskAsync(Board)).Id, CancellationToken.None);
}
