using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Protocol;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.FirmwareUpdate;

/// <summary>Whatever may come between: a wrong password, a person who gives up, boards that are off, notices that are lost, doubled or foreign, clocks that jump, a program that ends.</summary>
public sealed class UpdateTroubleTests : UpdateTest
{
    [Fact]
    public async Task WrongPassword_EndsTheUpdate()
    {
        var asked = await Floor.AskAsync(Board);
        Board.RefusesLogins = true;
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal(UpdateOutcome.Failed, ended.Outcome);
        Assert.Contains("refuses the login", ended.Detail, StringComparison.Ordinal);
        Assert.Equal(["TLS StoreUpdatePassword", "TLS ForbidUpdatePassword"], Board.Messages);
        Assert.Null(Board.Armed);
    }

    [Theory]
    [InlineData("TLS StoreUpdatePassword", UpdateState.Requested)]
    [InlineData("FTP RETR /version.txt", UpdateState.PasswordShared)]
    [InlineData("FTP SIZE /firmware.img", UpdateState.Sending)]
    [InlineData("FTP STOR /firmware.img", UpdateState.Sending)]
    [InlineData("FTP STAT behind the image", UpdateState.Sent)]
    public async Task UpdateThatIsGivenUp_EndsAtEachStepAndErases(string at, UpdateState state)
    {
        var asked = await Floor.AskAsync(Board);
        var seen = (UpdateState?)null;
        Board.Jobs.Enqueue("printing job 1 of 1");
        Board.Hold = async message =>
        {
            var isStored = Board.Messages.Contains("FTP STOR /firmware.img");
            if (seen is not null || message != at.Replace(" behind the image", string.Empty, StringComparison.Ordinal) || (at.EndsWith("image", StringComparison.Ordinal) && !isStored))
                return;
            while (state == UpdateState.Sent && Floor.Store.Get(asked.Id).State != UpdateState.Sent)
                await Task.Delay(5);
            seen = Floor.Store.Get(asked.Id).State;
            await Floor.Runner.AbortAsync(asked.Id, CancellationToken.None);
        };
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal(state, seen);
        Assert.Equal((UpdateState.Reported, UpdateOutcome.Aborted), (ended.State, ended.Outcome));
        Assert.Null(Board.Armed);
        var late = await Assert.ThrowsAsync<ProvisioningException>(() => Floor.Runner.AbortAsync(asked.Id, CancellationToken.None));
        Assert.Equal(ErrorCode.Conflict, late.Code);
    }

    [Fact]
    public async Task UpdateThatWasGivenUpBeforeItRan_SendsNothing()
    {
        var asked = await Floor.AskAsync(Board);
        await Floor.Runner.AbortAsync(asked.Id, CancellationToken.None);
        Floor.Restart();
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal((UpdateState.Reported, UpdateOutcome.Aborted), (ended.State, ended.Outcome));
        Assert.Empty(Board.Messages);
    }

    [Fact]
    public async Task NoticesThatAreDoubledOrForeign_ChangeNothing()
    {
        await using var other = await ScriptedBoard.StartAsync("3012-000002");
        var asked = await Floor.AskAsync(Board);
        Board.Hold = _ =>
        {
            for (var notice = 0; notice < 3; notice++)
            {
                Floor.Runner.NotePowerOn(Board.Number.ToString());
                Floor.Runner.NotePowerOn(other.Number.ToString());
            }

            return Task.CompletedTask;
        };
        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal((UpdateOutcome.Succeeded, 1), (ended.Outcome, ended.Sends));
        Assert.Empty(other.Messages);
    }

    [Fact]
    public async Task NoticeOfTheRestart_EndsTheWait()
    {
        using var floor = new UpdateFloor(UpdateFloor.Quick with { LookEvery = TimeSpan.FromMinutes(10), RestartWithin = TimeSpan.FromMinutes(20) });
        var asked = await floor.AskAsync(Board);
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
        Board.IsTlsDown = true;
        var asked = await Floor.AskAsync(Board);
        var running = Floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        while (Floor.Shown.All(shown => shown.Detail is null))
            await Task.Delay(5);
        Assert.False(running.IsCompleted);
        Board.IsTlsDown = false;
        Assert.Equal(UpdateOutcome.Succeeded, (await running).Outcome);
    }

    [Fact]
    public async Task DeviceThatStaysOff_FailsWhenTheStepsTimeIsOverAndIsErasedLater()
    {
        using var floor = new UpdateFloor(UpdateFloor.Quick with { ShareWithin = TimeSpan.FromMilliseconds(300) });
        Board.IsTlsDown = true;
        var asked = await floor.AskAsync(Board);
        var running = floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        while (floor.Reports.IsEmpty)
            await Task.Delay(5);
        var failed = Assert.Single(floor.Reports); // told at once, although the password could not be erased yet
        Assert.Equal(UpdateOutcome.Failed, failed.Outcome);
        Assert.StartsWith("Sharing a one-time password with the board did not succeed within 00:00:00.3", failed.Detail, StringComparison.Ordinal);
        Assert.Equal(UpdateState.Failed, floor.Store.Get(asked.Id).State);
        Assert.NotNull(floor.Store.OpenPassword(asked.Id));

        Board.IsTlsDown = false;
        Assert.Equal(UpdateState.Reported, (await running).State);
        Assert.Null(floor.Store.OpenPassword(asked.Id));
        Assert.Single(floor.Reports);
    }

    [Fact]
    public async Task DeviceThatDoesNotAnswer_TakesNoOthersPlace()
    {
        using var floor = new UpdateFloor(parallel: 1);
        await using var other = await ScriptedBoard.StartAsync("3012-000002");
        Board.IsTlsDown = true;
        var off = await floor.AskAsync(Board);
        var waiting = floor.Runner.RunAsync(off.Id, CancellationToken.None);
        while (floor.Shown.All(shown => shown.Detail is null))
            await Task.Delay(5);
        var ended = await floor.Runner.RunAsync((await floor.AskAsync(other)).Id, CancellationToken.None);
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
        Assert.False(waiting.IsCompleted);
        Board.IsTlsDown = false;
        Assert.Equal(UpdateOutcome.Succeeded, (await waiting).Outcome);
    }

    [Fact]
    public async Task BoardWithOnlyItsSmallUpdater_IsBroughtBackWithThePasswordOfTheFailedUpdate()
    {
        Board.ComesUpWith = static _ => "updater";
        Board.Started = () => Board.IsTlsDown = true; // the small updater speaks FTP only
        var first = await Floor.AskAsync(Board);
        using var stop = new CancellationTokenSource();
        var running = Floor.Runner.RunAsync(first.Id, stop.Token);
        while (Floor.Store.Get(first.Id).Outcome is null)
            await Task.Delay(5);
        Assert.Equal("failed: the board came up with updater, not with 2.0.0", Floor.Store.Get(first.Id).Detail);
        Assert.NotNull(Floor.Store.OpenPassword(first.Id));

        Board.ComesUpWith = static version => version;
        Board.Started = () => Board.IsTlsDown = false;
        var before = Board.Messages.Count;
        var second = await Floor.AskAsync(Board, Floor.AddImage("3.0.0"));
        var ended = await Floor.Runner.RunAsync(second.Id, CancellationToken.None);
        Assert.Equal((UpdateOutcome.Succeeded, "3.0.0"), (ended.Outcome, ended.VersionRead));
        Assert.StartsWith("FTP", Board.Messages[before], StringComparison.Ordinal);
        Assert.Equal(UpdateState.Reported, (await running).State);
        Assert.Null(Board.Armed);
        Assert.Null(Floor.Store.OpenPassword(first.Id));
        Assert.Null(Floor.Store.OpenPassword(second.Id));
    }

    [Fact]
    public async Task PasswordWhoseTimeIsOver_IsSharedOnceMore()
    {
        using var floor = new UpdateFloor(UpdateFloor.Quick with { ShareAgainAfter = TimeSpan.FromMilliseconds(100) });
        var closed = false;
        Board.Hold = message =>
        {
            if (!closed && message == "FTP QUIT")
                (closed, Board.Armed) = (true, null);
            return Task.CompletedTask;
        };
        var ended = await floor.Runner.RunAsync((await floor.AskAsync(Board)).Id, CancellationToken.None);
        Assert.True(closed);
        Assert.Equal(UpdateOutcome.Succeeded, ended.Outcome);
    }

    [Fact]
    public async Task ClockThatJumps_ChangesNoDeadline()
    {
        var clock = new SettableTime(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        using var floor = new UpdateFloor(time: clock);
        var jumps = 0;
        Board.Hold = _ =>
        {
            clock.Now = ++jumps % 2 == 0 ? new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero) : new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);
            return Task.CompletedTask;
        };
        var ended = await floor.Runner.RunAsync((await floor.AskAsync(Board)).Id, CancellationToken.None);
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
        var asked = await Floor.AskAsync(Board);
        using var end = new CancellationTokenSource();
        Board.Hold = message => message == at && Board.Messages.Count(known => known == at) == time ? end.CancelAsync() : Task.CompletedTask;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Floor.Runner.RunAsync(asked.Id, end.Token));
        Floor.Restart();
        Assert.Equal([asked.Id], Floor.Store.FindUnfinished().Select(update => update.Id));

        var ended = await Floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        Assert.Equal((UpdateState.Reported, UpdateOutcome.Succeeded, "2.0.0"), (ended.State, ended.Outcome, ended.VersionRead));
        Assert.Equal("2.0.0", Board.Version);
        Assert.Null(Board.Armed);
        Assert.Single(Floor.Reports);
    }

    [Fact]
    public async Task ReportThatIsNotTaken_IsKeptAndGivenAgain()
    {
        var tries = 0;
        Floor.Report = _ => ++tries < 3 ? throw new ProvisioningException(ErrorCode.Unreachable, "The center is off.") : Task.CompletedTask;
        var ended = await Floor.Runner.RunAsync((await Floor.AskAsync(Board)).Id, CancellationToken.None);
        Assert.Equal((UpdateState.Reported, 3), (ended.State, tries));
        Assert.Single(Floor.Reports);
    }

    [Fact]
    public async Task SameUpdateTwiceAtATime_IsRefused()
    {
        var asked = await Floor.AskAsync(Board);
        var held = new TaskCompletionSource();
        Board.Hold = _ => held.Task;
        var running = Floor.Runner.RunAsync(asked.Id, CancellationToken.None);
        var refused = await Assert.ThrowsAsync<ProvisioningException>(() => Floor.Runner.RunAsync(asked.Id, CancellationToken.None));
        Assert.Equal(ErrorCode.Conflict, refused.Code);
        held.SetResult();
        Assert.Equal(UpdateOutcome.Succeeded, (await running).Outcome);
    }

    private async Task NoticeUntilAsync(UpdateFloor floor, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            floor.Runner.NotePowerOn(Board.Number.ToString());
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
