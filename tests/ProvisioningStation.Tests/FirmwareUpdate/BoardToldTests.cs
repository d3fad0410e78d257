using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>U-11 where the board itself asked (U-14, U-15): it is told how the update ended, whatever it is, once.</summary>
public sealed class BoardToldTests : UpdateTest
{
    public static TheoryData<UpdateSide, UpdateSide> Sides => new()
    {
        { UpdateSide.UpdatingSide, UpdateSide.UpdatingSide },
        { UpdateSide.Board, UpdateSide.UpdatingSide },
        { UpdateSide.UpdatingSide, UpdateSide.Board },
        { UpdateSide.Board, UpdateSide.Board },
    };

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task Success_IsToldOnce(UpdateSide passwordBy, UpdateSide eraseBy)
    {
        var ended = await RunAsync(new UpdatePolicy { PasswordBy = passwordBy, EraseBy = eraseBy });
        Assert.Equal((UpdateOutcome.Succeeded, true), (ended.Outcome, ended.IsBoardTold));
        Assert.Equal(["TLS NotifyUpdateResult True 2.0.0"], Told());
        string[] last = eraseBy == UpdateSide.Board ? ["TLS NotifyUpdateResult True 2.0.0", "TLS board sends StoreUpdatePassword"] : ["TLS StoreUpdatePassword", "TLS NotifyUpdateResult True 2.0.0"];
        Assert.Equal(last, Board.Messages.TakeLast(2)); // behind the erasing, or to have the board erase
        Assert.Null(Board.Armed);
    }

    [Theory]
    [InlineData(UpdateSide.UpdatingSide)]
    [InlineData(UpdateSide.Board)]
    public async Task VersionThatRunsAlready_IsToldAsSuccess(UpdateSide eraseBy)
    {
        Board.Version = "2.0.0";
        Assert.Equal(UpdateOutcome.NotNeeded, (await RunAsync(new UpdatePolicy { EraseBy = eraseBy })).Outcome);
        Assert.Equal(["TLS NotifyUpdateResult True 2.0.0"], Told());
    }

    [Theory]
    [InlineData(UpdateSide.UpdatingSide)]
    [InlineData(UpdateSide.Board)]
    public async Task BoardThatFellBack_IsToldTheVersionThatRuns(UpdateSide eraseBy)
    {
        Board.ComesUpWith = static _ => "1.0.0";
        Assert.Equal(UpdateOutcome.Failed, (await RunAsync(new UpdatePolicy { EraseBy = eraseBy })).Outcome);
        Assert.Equal(["TLS NotifyUpdateResult False 1.0.0"], Told());
    }

    [Fact]
    public async Task UpdateThatWasGivenUp_IsToldWithTheVersionFromBefore()
    {
        UpdateRecord? asked = null;
        Board.Hold = message => message == "FTP STOR /firmware.img" ? Floor.Runner.AbortAsync(asked!.Id, CancellationToken.None) : Task.CompletedTask;
        asked = await Floor.AskAsync(Board, byBoard: true);
        Assert.Equal(UpdateOutcome.Aborted, (await Floor.Runner.RunAsync(asked.Id, CancellationToken.None)).Outcome);
        Assert.Equal(["TLS NotifyUpdateResult False 1.0.0"], Told());
    }

    [Fact]
    public async Task FailureBeforeAnyVersionWasRead_IsToldWithoutOne()
    {
        Board.RefusesLogins = true;
        Assert.Equal(UpdateOutcome.Failed, (await RunAsync()).Outcome);
        Assert.Equal(["TLS NotifyUpdateResult False"], Told());
    }

    [Fact]
    public async Task BoardThatDidNotAsk_IsToldNothing()
    {
        var ended = await Floor.Runner.RunAsync((await Floor.AskAsync(Board)).Id, CancellationToken.None);
        Assert.Equal(UpdateState.Reported, ended.State);
        Assert.Empty(Told());
    }

    [Fact]
    public async Task BoardWithoutThatMessage_IsAskedOnce()
    {
        Board.Hold = message => message.StartsWith("TLS Notify", StringComparison.Ordinal) ? throw new ProvisioningException(ErrorCode.NotSupported, "There is no such operation.") : Task.CompletedTask;
        var ended = await RunAsync();
        Assert.Equal((UpdateState.Reported, UpdateOutcome.Succeeded), (ended.State, ended.Outcome));
        Assert.Single(Told());
    }

    [Fact]
    public async Task BoardThatIsBusy_IsToldAgain_AndKeepsTheCenterFromNothing()
    {
        var reportsAtSecondTry = 0;
        OnTold(count =>
        {
            if (count == 2)
                reportsAtSecondTry = Floor.Reports.Count;
            if (count < 4)
                throw new ProvisioningException(ErrorCode.BoardBusy, "Not now.");
        });
        var ended = await RunAsync();
        Assert.Equal((UpdateState.Reported, true, true), (ended.State, ended.IsReported, ended.IsBoardTold));
        Assert.Equal((4, 1, 1), (Told().Count, reportsAtSecondTry, Floor.Reports.Count));
    }

    [Fact]
    public async Task CenterThatIsAway_KeepsTheBoardFromNothing()
    {
        var tries = 0;
        Floor.Report = _ => ++tries < 4 ? throw new ProvisioningException(ErrorCode.Unreachable, "The center is off.") : Task.CompletedTask;
        var toldAfter = 0;
        OnTold(_ => toldAfter = tries);
        var ended = await RunAsync();
        Assert.Equal((UpdateState.Reported, 4, 1), (ended.State, tries, toldAfter));
        Assert.Single(Told());
        Assert.Single(Floor.Reports);
    }

    [Fact]
    public async Task BoardThatIsAway_IsToldOfTheFailureWhenItIsBack()
    {
        using var floor = new UpdateFloor(UpdateFloor.Quick with { ShareWithin = TimeSpan.FromMilliseconds(300) });
        Board.IsTlsDown = true;
        var running = floor.Runner.RunAsync((await floor.AskAsync(Board, byBoard: true)).Id, CancellationToken.None);
        while (floor.Reports.IsEmpty)
            await Task.Delay(5);
        Board.IsTlsDown = false;
        Assert.Equal(UpdateOutcome.Failed, (await running).Outcome);
        Assert.Equal(["TLS NotifyUpdateResult False"], Told());
    }

    [Fact]
    public async Task ProgramThatEndsWhileItTells_TellsAgain()
    {
        using var end = new CancellationTokenSource();
        OnTold(count =>
        {
            if (count == 1)
                end.Cancel();
        });
        var asked = await Floor.AskAsync(Board, byBoard: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Floor.Runner.RunAsync(asked.Id, end.Token));
        Floor.Restart();
        Assert.Equal((UpdateState.PasswordErased, true, false), (Floor.Store.Get(asked.Id).State, Floor.Store.Get(asked.Id).IsReported, Floor.Store.Get(asked.Id).IsBoardTold));

        Assert.Equal(UpdateState.Reported, (await Floor.Runner.RunAsync(asked.Id, CancellationToken.None)).State);
        Assert.Equal(["TLS NotifyUpdateResult True 2.0.0", "TLS NotifyUpdateResult True 2.0.0"], Told());
        Assert.Single(Floor.Reports);
    }

    /// <summary>The message does not say which update it is about, and a board that erases by itself would erase the newer one's password.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SuccessBehindWhichAnotherUpdateBegan_WaitsForItsEnd(bool byBoard)
    {
        UpdateRecord? second = null;
        OnTold(count =>
        {
            if (count > 1)
                return;
            second = Floor.AskAsync(Board, Floor.AddImage("3.0.0"), byBoard: byBoard).GetAwaiter().GetResult();
            throw new ProvisioningException(ErrorCode.BoardBusy, "Not now.");
        });
        var first = RunAsync();
        while (!first.IsCompleted && !Floor.Shown.Any(shown => shown.Detail?.Contains("is not at its end", StringComparison.Ordinal) == true))
            await Task.Delay(5);
        Assert.Single(Told());

        Assert.Equal(UpdateOutcome.Succeeded, (await Floor.Runner.RunAsync(second!.Id, CancellationToken.None)).Outcome);
        Assert.Equal(UpdateState.Reported, (await first).State);
        Assert.Equal($"TLS NotifyUpdateResult True {(byBoard ? "3.0.0" : "2.0.0")}", Told()[^1]); // the first one's before the second one's, or not at all
    }

    private async Task<UpdateRecord> RunAsync(UpdatePolicy? policy = null) =>
        await Floor.Runner.RunAsync((await Floor.AskAsync(Board, policy: policy, byBoard: true)).Id, CancellationToken.None);

    private List<string> Told() => [.. Board.Messages.Where(message => message.StartsWith("TLS Notify", StringComparison.Ordinal))];

    /// <summary>Does something before each answer to the message, with its count.</summary>
    private void OnTold(Action<int> act) => Board.Hold = message =>
    {
        if (message.StartsWith("TLS Notify", StringComparison.Ordinal))
            act(Told().Count);
        return Task.CompletedTask;
    };
}
