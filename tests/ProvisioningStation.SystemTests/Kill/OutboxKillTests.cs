using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.LineStation;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>A <see cref="KillFactory"/> with all lines of the shipped configuration.</summary>
public sealed class ThreeLinesKillFactory : KillFactory
{
    protected override int Lines => 3;
}

/// <summary>
/// The terminal is away while stations owe it receipts and results (P-16): all arrive by themselves, each once in effect, and a board's result is acknowledged only by a visit whose terminal
/// has it (P-19).
/// </summary>
public sealed class OutboxKillTests(ThreeLinesKillFactory running) : IClassFixture<ThreeLinesKillFactory>
{
    private const string Slow = "2000\n"; // microseconds for each byte: some seconds for a certificate

    /// <summary>Where the terminal dies next, and what the station still owes it then.</summary>
    private static readonly (string Point, string[] Owed)[] Deaths =
    [
        (CommunicationTerminalKillPoints.AfterReceiptStored, ["Receipt", "Result"]),
        (CommunicationTerminalKillPoints.BeforeResultStored, ["Result"]),
        (CommunicationTerminalKillPoints.AfterResultStored, ["Result"]),
    ];

    private TestFactory Factory => running.Factory;

    private ProgramSeat Terminal => Factory.Floor.Terminal;

    public static TheoryData<string> DeliveryPoints => [.. LineStationKillPoints.OnTheDelivery];

    [Theory]
    [InlineData("microseconds-per-byte", "1\n", "Written", UnitState.Written)]
    [InlineData("fail-writes", "1\n", "Failed", UnitState.Stored)]
    public async Task TerminalThatDiesAtEveryReport_GetsEachOnceInEffect(string fault, string text, string noted, UnitState state)
    {
        var story = running.NewStory();
        var unit = await LeaveReportsAsync(story, (fault, text));
        foreach (var (point, owed) in Deaths)
        {
            var order = new KillOrder(Factory.Directory, point);
            await Terminal.RestartAsync(order.Environment);
            await order.AssertCarriedOutAsync(Terminal.Process!); // nobody scans: the station delivers by itself
            Assert.Equal(owed, story.Owed);
            Assert.True(story.BoardHoldsItsResult);
            if (point == CommunicationTerminalKillPoints.BeforeResultStored)
                await RestartStationAsync(); // it knows after its own end too
        }

        await Terminal.RestartAsync();
        await AssertArrivedAsync(story, unit, noted, state);
        await story.FinishAsync(unit, visitGoesOn: false);
        await story.AssertConsistentAsync(unit);
        Assert.False(story.BoardHoldsItsResult);
    }

    [Theory]
    [MemberData(nameof(DeliveryPoints))]
    public async Task StationThatDiesWhenAReportHasArrived_LosesNoneAndRepeatsNoEffect(string point)
    {
        var story = running.NewStory();
        var unit = await LeaveReportsAsync(story, ("microseconds-per-byte", "1\n"));
        var station = Factory.Line.Station;
        var order = new KillOrder(Factory.Directory, point);
        await station.RestartAsync(order.Environment);
        await order.WaitUntilHealthyOrDeadAsync(() => station.WaitUntilHealthyAsync(CancellationToken.None));
        await Terminal.RestartAsync();
        await order.AssertCarriedOutAsync(station.Process!);
        await RestartStationAsync();
        await AssertArrivedAsync(story, unit, "Written", UnitState.Written);
        await story.FinishAsync(unit, visitGoesOn: false);
        await story.AssertConsistentAsync(unit);
        Assert.False(story.BoardHoldsItsResult);
    }

    [Fact]
    public async Task TerminalThatDiesWhileThreeLinesWrite_GetsEveryResultOnceInEffect()
    {
        var lines = Factory.Floor.Lines;
        var stories = lines.Select(line => new UnitUnderKill(Factory, line: line)).ToList();
        var units = new List<string>();
        for (var i = 0; i < stories.Count; i++)
            units.Add(await stories[i].BeginAsync(nth: i));
        var ended = Terminal.Process!.Ended;
        var visits = stories.Select((story, i) => story.GoUntilAsync(units[i], ended, ("microseconds-per-byte", Slow))).ToList();
        await Task.WhenAll(stories.Select((story, i) => story.WaitForStepAsync(units[i], StationStep.Verify)));
        await Terminal.Process.KillAsync();
        await Task.WhenAll(visits);
        for (var i = 0; i < stories.Count; i++)
        {
            var verdict = (await stories[i].FirstVerdictAsync(units[i]))!;
            Assert.Equal((Verdict.Blocked, ErrorCode.TerminalUnavailable), (verdict.Verdict!.Value, verdict.Code!.Value));
            Assert.Equal("Result", stories[i].Owed[^1]);
            Assert.True(stories[i].BoardHoldsItsResult);
        }

        await Terminal.RestartAsync();
        for (var i = 0; i < stories.Count; i++)
            await AssertArrivedAsync(stories[i], units[i], "Written", UnitState.Written);
        for (var i = 0; i < stories.Count; i++)
        {
            await stories[i].FinishAsync(units[i], visitGoesOn: false);
            await stories[i].AssertConsistentAsync(units[i]);
            Assert.False(stories[i].BoardHoldsItsResult);
        }
    }

    /// <summary>The terminal dies at the receipt, and the board writes on: receipt and result are left. The terminal is dead afterwards.</summary>
    private async Task<string> LeaveReportsAsync(UnitUnderKill story, (string File, string Text) fault)
    {
        var order = new KillOrder(Factory.Directory, CommunicationTerminalKillPoints.BeforeReceiptStored);
        await Terminal.RestartAsync(order.Environment);
        await Terminal.WaitUntilHealthyAsync(CancellationToken.None);
        var unit = await story.BeginAsync();
        await story.GoUntilAsync(unit, Terminal.Process!.Ended, fault);
        await order.AssertCarriedOutAsync(Terminal.Process);
        var verdict = (await story.FirstVerdictAsync(unit))!;
        Assert.Equal((Verdict.Blocked, ErrorCode.TerminalUnavailable), (verdict.Verdict!.Value, verdict.Code!.Value));
        Assert.Contains("the result is kept and delivered by itself", verdict.Message, StringComparison.Ordinal);
        Assert.Equal(["Receipt", "Result"], story.Owed);
        Assert.True(story.BoardHoldsItsResult);
        return unit;
    }

    private async Task RestartStationAsync()
    {
        await Factory.Line.Station.RestartAsync();
        await Factory.Line.Station.WaitUntilHealthyAsync(CancellationToken.None);
    }

    /// <summary>Nothing is owed any more, each report took effect once, and the board's result waits for the next visit.</summary>
    private async Task AssertArrivedAsync(UnitUnderKill story, string unit, string noted, UnitState state)
    {
        await Terminal.WaitUntilHealthyAsync(CancellationToken.None);
        await Wait.UntilAsync("the reports to arrive", () => Task.FromResult(story.Owed.Count == 0));
        Assert.Equal((1, 1), (story.CountNoted(unit, "Received"), story.CountNoted(unit, noted)));
        Assert.Equal(state, (await Factory.FindUnitAsync(unit)).State);
        Assert.True(story.BoardHoldsItsResult);
    }
}
