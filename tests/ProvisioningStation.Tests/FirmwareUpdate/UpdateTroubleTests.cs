using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>Whatever may come between: a wrong password, a person who gives up, boards that are off, notices that are lost, doubled or foreign, clocks that jump, a program that ends.</summary>
public sealed class UpdateTroubleTests : IAsyncLifetime
{
    private readonly UpdateFloor _floor = new();
    private ScriptedBoard _board = null!;

    public async Task InitializeAsync() => _board = await ScriptedBoard.StartAsync();

    public async Task DisposeAsync()
    {
        await _board.DisposeAsync();
        _floor.Dispose();
    }

    [Fact]
    public async Task WrongPassword_EndsTheUpdate()
    {
        var asked = await _floor.AskAsync(_board);
        _board.RefusesLogins = true;
        var ended = await _floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal(UpdateOutcome.Failed, ended.Outcome);
        Assert.Contains("refuses the login", ended.Detail, StringComparison.Ordinal);
        Assert.Equal(["TLS StoreUpdatePassword", "TLS ForbidUpdatePassword"], _board.Messages);
        Assert.Null(_board.Armed);
    }

    [Theory]
    [InlineData("TLS StoreUpdatePassword", UpdateState.Requested)]
    [InlineData("FTP RETR /version.txt", UpdateState.PasswordShared)]
    [InlineData("FTP SIZE /firmware.img", UpdateState.Sending)]
    [InlineData("FTP STOR /firmware.img", UpdateState.Sending)]
    [InlineData("FTP STAT behind the image", UpdateState.Sent)]
    public async Task UpdateThatIsGivenUp_EndsAtEachStepAndErases(string at, UpdateState state)
    {
        var asked = await _floor.AskAsync(_board);
        var seen = (UpdateState?)null;
        _board.Jobs.Enqueue("printing job 1 of 1");
        _board.Hold = async message =>
        {
            var isStored = _board.Messages.Contains("FTP STOR /firmware.img");
            if (seen is not null || message != at.Replace(" behind the image", string.Empty, StringComparison.Ordinal) || (at.EndsWith("image", StringComparison.Ordinal) && !isStored))
                return;
            while (state == UpdateState.Sent && _floor.Store.Get(asked.Id).State != UpdateState.Sent)
                await Task.Delay(5);
            seen = _floor.Store.Get(asked.Id).State;
            await _floor.Runner.AbortAsync(asked.Id, CancellationToken.None);
        };
        var ended = await _floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal(state, seen);
        Assert.Equal((UpdateState.Reported, UpdateOutcome.Aborted), (ended.State, ended.Outcome));
        Assert.Null(_board.Armed);
        var late = await Assert.ThrowsAsync<ProvisioningException>(() => _floor.Runner.AbortAsync(asked.Id, CancellationToken.None));
        Assert.Equal(ErrorCode.Conflict, late.Code);
    }

    [Fact]
    public async Task UpdateThatWasGivenUpBeforeItRan_SendsNothing()
    {
        var asked = await _floor.AskAsync(_board);
        await _floor.Runner.AbortAsync(asked.Id, CancellationToken.None);
        _floor.Restart();
        var ended = await _floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal((UpdateState.Reported, UpdateOutcome.Aborted), (ended.State, ended.Outcome));
        Assert.Empty(_board.Messages);
    }

    [Fact]
    public async Task NoticesThatAreDoubledOrForeign_ChangeNothing()
    {
        await using var other = await ScriptedBoard.StartAsync("3012-000002");
        var asked = await _floor.AskAsync(_board);
        _board.Hold = _ =>
        {
            for (var notice = 0; notice < 3; notice++)
            {
                _floor.Runner.NotePowerOn(_board.Number.ToString());
                _floor.Runner.NotePowerOn(other.Number.ToString());
            }

            return Task.CompletedTask;
        };
        var ended = await _floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal((UpdateOutcome.Succeeded, 1), (ended.Outcome, ended.Sends));
        Assert.Empty(other.Messages);
    }

    [Fact]
    public async Task NoticeOfTheRestart_EndsTheWait()
    {
        using var floor = new UpdateFloor(UpdateFloor.Quick with { LookEvery = TimeSpan.FromMinutes(10), RestartWithin = TimeSpan.FromMinutes(20) });
        var asked = await floor.AskAsync(_board);
        using var stop = new CancellationTokenSource();
        var noticing = NoticeUntilAsync(floor, stop.Token);
        var ended = await floor.Runner.RunAsync(asked.Id, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));
        await stop.CancelAsync();
        await noticing;
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
    }

    [Fact]
    public async Task DeviceThatIsOffForLong_IsUpdatedWhenItComesBack()
    {
        _board.IsTlsDown = true;
        var asked = await _floor.AskAsync(_board);
        var running = _floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        while (_floor.Shown.All(shown => shown.Detail is null))
            await Task.Delay(5);
        Assert.False(running.IsCompleted);
        _board.IsTlsDown = false;
        Assert.Equal(UpdateOutcome.Succeeded, (await running).Outcome);
    }

    [Fact]
    public async Task DeviceThatStaysOff_FailsWhenTheStepsTimeIsOverAndIsErasedLater()
    {
        using var floor = new UpdateFloor(UpdateFloor.Quick with { ShareWithin = TimeSpan.FromMilliseconds(300) });
        _board.IsTlsDown = true;
        var asked = await floor.AskAsync(_board);
        var running = floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        while (floor.Reports.IsEmpty)
            await Task.Delay(5);
        var failed = Assert.Single(floor.Reports); // told at once, although the password could not be erased yet
        Assert.Equal(UpdateOutcome.Failed, failed.Outcome);
        Assert.StartsWith("Sharing a one-time password with the board did not succeed within 00:00:00.3", failed.Detail, StringComparison.Ordinal);
        Assert.Equal(UpdateState.Failed, floor.Store.Get(asked.Id).State);
        Assert.NotNull(floor.Store.OpenPassword(asked.Id));

        _board.IsTlsDown = false;
        Assert.Equal(UpdateState.Reported, (await running).State);
        Assert.Null(floor.Store.OpenPassword(asked.Id));
        Assert.Single(floor.Reports);
    }

    [Fact]
    public async Task DeviceThatDoesNotAnswer_TakesNoOthersPlace()
    {
        using var floor = new UpdateFloor(parallel: 1);
        await using var other = await ScriptedBoard.StartAsync("3012-000002");
        _board.IsTlsDown = true;
        var off = await floor.AskAsync(_board);
        var waiting = floor.Runner.RunAsync(off.Id, CancellationToken.None);
        while (floor.Shown.All(shown => shown.Detail is null))
            await Task.Delay(5);
        var ended = await floor.Runner.RunAsync((await floor.AskAsync(other)).Id, CancellationToken.None);
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.False(waiting.IsCompleted);
        _board.IsTlsDown = false;
        Assert.Equal(UpdateOutcome.Succeeded, (await waiting).Outcome);
    }

    [Fact]
    public async Task BoardWithOnlyItsSmallUpdater_IsBroughtBackWithThePasswordOfTheFailedUpdate()
    {
        _board.ComesUpWith = static _ => "updater";
        _board.Started = () => _board.IsTlsDown = true; // the small updater speaks FTP only
        var first = await _floor.AskAsync(_board);
        using var stop = new CancellationTokenSource();
        var running = _floor.Runner.RunAsync(first.Id, stop.Token);
        while (_floor.Store.Get(first.Id).Outcome is null)
            await Task.Delay(5);
        Assert.Equal("failed: the board came up with updater, not with 2.0.0", _floor.Store.Get(first.Id).Detail);
        Assert.NotNull(_floor.Store.OpenPassword(first.Id));

        _board.ComesUpWith = static version => version;
        _board.Started = () => _board.IsTlsDown = false;
        var before = _board.Messages.Count;
        var second = await _floor.AskAsync(_board, _floor.AddImage("3.0.0"));
        var ended = await _floor.Runner.RunAsync(second.Id, CancellationToken.None);
        Assert.Equal((UpdateOutcome.Succeeded, "3.0.0"), (ended.Outcome, ended.VersionRead));
        Assert.StartsWith("FTP", _board.Messages[before], StringComparison.Ordinal);
        Assert.Equal(UpdateState.Reported, (await running).State);
        Assert.Null(_board.Armed);
        Assert.Null(_floor.Store.OpenPassword(first.Id));
        Assert.Null(_floor.Store.OpenPassword(second.Id));
    }

    [Fact]
    public async Task PasswordWhoseTimeIsOver_IsSharedOnceMore()
    {
        using var floor = new UpdateFloor(UpdateFloor.Quick with { ShareAgainAfter = TimeSpan.FromMilliseconds(100) });
        var closed = false;
        _board.Hold = message =>
        {
            if (!closed && message == "FTP QUIT")
                (closed, _board.Armed) = (true, null);
            return Task.CompletedTask;
        };
        var ended = await floor.Runner.RunAsync((await floor.AskAsync(_board)).Id, CancellationToken.None);
        Assert.True(closed);
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
    }

    [Fact]
    public async Task ClockThatJumps_ChangesNoDeadline()
    {
        var clock = new SettableTime(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        using var floor = new UpdateFloor(time: clock);
        var jumps = 0;
        _board.Hold = _ =>
        {
            clock.Now = ++jumps % 2 == 0 ? new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero) : new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);
            return Task.CompletedTask;
        };
        var ended = await floor.Runner.RunAsync((await floor.AskAsync(_board)).Id, CancellationToken.None);
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
    }

    [Theory]
    [InlineData("TLS StoreUpdatePassword", 1)]
    [InlineData("FTP RETR /version.txt", 1)]
    [InlineData("FTP STOR /firmware.img", 1)]
    [InlineData("FTP STAT", 2)]
    [InlineData("FTP RETR /version.txt", 3)]
    [InlineData("TLS StoreUpdatePassword", 2)]
    public async Task ProgramThatEndsInTheMiddle_GoesOnFromWhatIsStored(string at, int time)
    {
        var asked = await _floor.AskAsync(_board);
        using var end = new CancellationTokenSource();
        _board.Hold = message => message == at && _board.Messages.Count(known => known == at) == time ? end.CancelAsync() : Task.CompletedTask;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _floor.Runner.RunAsync(asked.Id, end.Token));
        _floor.Restart();
        Assert.Equal([asked.Id], _floor.Store.FindUnfinished().Select(update => update.Id));

        var ended = await _floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal((UpdateState.Reported, UpdateOutcome.Succeeded, "2.0.0"), (ended.State, ended.Outcome, ended.VersionRead));
        Assert.Equal("2.0.0", _board.Version);
        Assert.Null(_board.Armed);
        Assert.Single(_floor.Reports);
    }

    [Fact]
    public async Task ReportThatIsNotTaken_IsKeptAndGivenAgain()
    {
        var tries = 0;
        _floor.Report = _ => ++tries < 3 ? throw new ProvisioningException(ErrorCode.Unreachable, "The center is off.") : Task.CompletedTask;
        var ended = await _floor.Runner.RunAsync((await _floor.AskAsync(_board)).Id, CancellationToken.None);
        Assert.Equal((UpdateState.Reported, 3), (ended.State, tries));
        Assert.Single(_floor.Reports);
    }

    [Fact]
    public async Task SameUpdateTwiceAtATime_IsRefused()
    {
        var asked = await _floor.AskAsync(_board);
        var held = new TaskCompletionSource();
        _board.Hold = _ => held.Task;
        var running = _floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => _floor.Runner.RunAsync(asked.Id, CancellationToken.None));
        Assert.Equal(ErrorCode.Conflict, refused.Code);
        held.SetResult();
        Assert.Equal(UpdateOutcome.Succeeded, (await running).Outcome);
    }

    private async Task NoticeUntilAsync(UpdateFloor floor, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            floor.Runner.NotePowerOn(_board.Number.ToString());
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
