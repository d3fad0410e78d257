using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>U-11 where the board itself asked (U-14, U-15): it is told how the update ended, whatever it is, once.</summary>
public sealed class BoardToldTests : IAsyncLifetime
{
    private readonly UpdateFloor _floor = new();
    private ScriptedBoard _board = null!;

    public async Task InitializeAsync() => _board = await ScriptedBoard.StartAsync();

    public async Task DisposeAsync()
    {
        await _board.DisposeAsync();
        _floor.Dispose();
    }

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
        Assert.Equal(last, _board.Messages.TakeLast(2)); // behind the erasing, or to have the board erase
        Assert.Null(_board.Armed);
    }

    [Theory]
    [InlineData(UpdateSide.UpdatingSide)]
    [InlineData(UpdateSide.Board)]
    public async Task VersionThatRunsAlready_IsToldAsSuccess(UpdateSide eraseBy)
    {
        _board.Version = "2.0.0";
        Assert.Equal(UpdateOutcome.NotNeeded, (await RunAsync(new UpdatePolicy { EraseBy = eraseBy })).Outcome);
        Assert.Equal(["TLS NotifyUpdateResult True 2.0.0"], Told());
    }

    [Theory]
    [InlineData(UpdateSide.UpdatingSide)]
    [InlineData(UpdateSide.Board)]
    public async Task BoardThatFellBack_IsToldTheVersionThatRuns(UpdateSide eraseBy)
    {
        _board.ComesUpWith = static _ => "1.0.0";
        Assert.Equal(UpdateOutcome.Failed, (await RunAsync(new UpdatePolicy { EraseBy = eraseBy })).Outcome);
        Assert.Equal(["TLS NotifyUpdateResult False 1.0.0"], Told());
    }

    [Fact]
    public async Task UpdateThatWasGivenUp_IsToldWithTheVersionFromBefore()
    {
        UpdateRecord? asked = null;
        _board.Hold = message => message == "FTP STOR /firmware.img" ? _floor.Runner.AbortAsync(asked!.Id, CancellationToken.None) : Task.CompletedTask;
        asked = await _floor.AskAsync(_board, byBoard: true);
        Assert.Equal(UpdateOutcome.Aborted, (await _floor.Runner.RunAsync(asked.Id, CancellationToken.None)).Outcome);
        Assert.Equal(["TLS NotifyUpdateResult False 1.0.0"], Told());
    }

    [Fact]
    public async Task FailureBeforeAnyVersionWasRead_IsToldWithoutOne()
    {
        _board.RefusesLogins = true;
        Assert.Equal(UpdateOutcome.Failed, (await RunAsync()).Outcome);
        Assert.Equal(["TLS NotifyUpdateResult False"], Told());
    }

    [Fact]
    public async Task BoardThatDidNotAsk_IsToldNothing()
    {
        var ended = await _floor.Runner.RunAsync((await _floor.AskAsync(_board)).Id, CancellationToken.None);
        Assert.Equal(UpdateState.Reported, ended.State);
        Assert.Empty(Told());
    }

    [Fact]
    public async Task BoardWithoutThatMessage_IsAskedOnce()
    {
        _board.Hold = message => message.StartsWith("TLS Notify", StringComparison.Ordinal) ? throw new ProvisioningException(ErrorCode.NotSupported, "There is no such operation.") : Task.CompletedTask;
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
                reportsAtSecondTry = _floor.Reports.Count;
            if (count < 4)
                throw new ProvisioningException(ErrorCode.BoardBusy, "Not now.");
        });
        var ended = await RunAsync();
        Assert.Equal((UpdateState.Reported, true, true), (ended.State, ended.IsReported, ended.IsBoardTold));
        Assert.Equal((4, 1, 1), (Told().Count, reportsAtSecondTry, _floor.Reports.Count));
    }

    [Fact]
    public async Task CenterThatIsAway_KeepsTheBoardFromNothing()
    {
        var tries = 0;
        _floor.Report = _ => ++tries < 4 ? throw new ProvisioningException(ErrorCode.Unreachable, "The center is off.") : Task.CompletedTask;
        var toldAfter = 0;
        OnTold(_ => toldAfter = tries);
        var ended = await RunAsync();
        Assert.Equal((UpdateState.Reported, 4, 1), (ended.State, tries, toldAfter));
        Assert.Single(Told());
        Assert.Single(_floor.Reports);
    }

    [Fact]
    public async Task BoardThatIsAway_IsToldOfTheFailureWhenItIsBack()
    {
        using var floor = new UpdateFloor(UpdateFloor.Quick with { ShareWithin = TimeSpan.FromMilliseconds(300) });
        _board.IsTlsDown = true;
        var running = floor.Runner.RunAsync((await floor.AskAsync(_board, byBoard: true)).Id, CancellationToken.None);
        while (floor.Reports.IsEmpty)
            await Task.Delay(5);
        _board.IsTlsDown = false;
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
        var asked = await _floor.AskAsync(_board, byBoard: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _floor.Runner.RunAsync(asked.Id, end.Token));
        _floor.Restart();
        Assert.Equal((UpdateState.PasswordErased, true, false), (_floor.Store.Get(asked.Id).State, _floor.Store.Get(asked.Id).IsReported, _floor.Store.Get(asked.Id).IsBoardTold));

        Assert.Equal(UpdateState.Reported, (await _floor.Runner.RunAsync(asked.Id, CancellationToken.None)).State);
        Assert.Equal(["TLS NotifyUpdateResult True 2.0.0", "TLS NotifyUpdateResult True 2.0.0"], Told());
        Assert.Single(_floor.Reports);
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
            second = _floor.AskAsync(_board, _floor.AddImage("3.0.0"), byBoard: byBoard).GetAwaiter().GetResult();
            throw new ProvisioningException(ErrorCode.BoardBusy, "Not now.");
        });
        var first = RunAsync();
        while (!_floor.Shown.Any(shown => shown.Detail?.Contains("is not at its end", StringComparison.Ordinal) == true))
            await Task.Delay(5);
        Assert.Single(Told());

        Assert.Equal(UpdateOutcome.Succeeded, (await _floor.Runner.RunAsync(second!.Id, CancellationToken.None)).Outcome);
        Assert.Equal(UpdateState.Reported, (await first).State);
        Assert.Equal($"TLS NotifyUpdateResult True {(byBoard ? "3.0.0" : "2.0.0")}", Told()[^1]); // the first one's before the second one's, or not at all
    }

    private async Task<UpdateRecord> RunAsync(UpdatePolicy? policy = null) =>
        await _floor.Runner.RunAsync((await _floor.AskAsync(_board, policy: policy, byBoard: true)).Id, CancellationToken.None);

    private List<string> Told() => [.. _board.Messages.Where(message => message.StartsWith("TLS Notify", StringComparison.Ordinal))];

    /// <summary>Does something before each answer to the message, with its count.</summary>
    private void OnTold(Action<int> act) => _board.Hold = message =>
    {
        if (message.StartsWith("TLS Notify", StringComparison.Ordinal))
            act(Told().Count);
        return Task.CompletedTask;
    };
}
