using ProvisioningStation.Board;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Factory.Programs;
using ProvisioningStation.LineStation;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>A running factory for all the kills of one class; after each kill it is whole again.</summary>
public class KillFactory : IAsyncLifetime
{
    public TestFactory Factory { get; private set; } = null!;

    public async Task InitializeAsync() => Factory = await TestFactory.StartAsync(Configure, Lines);

    public virtual async Task DisposeAsync() => await Factory.DisposeAsync();

    /// <summary>How many lines it has.</summary>
    protected virtual int Lines => 1;

    /// <summary>A unit of this factory to be killed around.</summary>
    public virtual UnitUnderKill NewStory() => new(Factory);

    protected virtual string Configure(string file, string text) => TestFactory.QuickBoards(file, text);
}

/// <summary>A <see cref="KillFactory"/> in which the boards of one model make their own keys (P-28).</summary>
public sealed class OwnKeyKillFactory : KillFactory
{
    public override UnitUnderKill NewStory() => new(Factory, TestFactory.BoardMadeKeyModel);

    protected override string Configure(string file, string text) => TestFactory.BoardMadeKeys(file, base.Configure(file, text));
}

/// <summary>
/// Power cuts on the path of one unit (P-29): at every named place one program dies by SIGKILL, is started again, and the next scans finish the unit with nothing twice and nothing lost.
/// </summary>
public abstract class UnitKillTests(KillFactory running)
{
    protected TestFactory Factory => running.Factory;

    /// <summary>Kills a long-running program at <paramref name="point"/>, which it first comes by after <paramref name="before"/>.</summary>
    /// <returns>The unit, which is proved now.</returns>
    protected async Task<string> KillProgramAsync(ProgramSeat victim, string point, Func<UnitUnderKill, Task>? before = null)
    {
        var story = running.NewStory();
        var order = new KillOrder(Factory.Directory, point);
        await victim.RestartAsync(order.Environment);
        await order.WaitUntilHealthyOrDeadAsync(() => victim.WaitUntilHealthyAsync(CancellationToken.None));
        var unit = await story.BeginAsync();
        if (before is not null)
            await before(story);
        await story.GoUntilAsync(unit, victim.Process!.Ended);
        await order.AssertCarriedOutAsync(victim.Process);

        await victim.RestartAsync();
        await victim.WaitUntilHealthyAsync(CancellationToken.None);
        await story.FinishAsync(unit, visitGoesOn: victim != Factory.Line.Station);
        await story.AssertConsistentAsync(unit);
        return unit;
    }

    /// <summary>The board's power goes at <paramref name="point"/>, because of <paramref name="fault"/> where one is given.</summary>
    protected async Task CutBoardsPowerAsync(string point, (string File, string Text)? fault = null)
    {
        var story = running.NewStory();
        var order = new KillOrder(Factory.Directory, point);
        var slot = Factory.Line.Slot;
        var unit = await story.BeginAsync(order, fault);
        await story.GoUntilAsync(unit, slot.Board!.Ended);
        await order.AssertCarriedOutAsync(slot.Board);
        if (fault is { } spent)
            Assert.False(File.Exists(Path.Combine(slot.Directory, "simulate", spent.File)));

        await slot.PowerOffAsync();
        await slot.PowerOnAsync(null, CancellationToken.None);
        await story.FinishAsync(unit, visitGoesOn: true);
        await story.AssertConsistentAsync(unit);
    }
}

public sealed class BoardKillTests(KillFactory running) : UnitKillTests(running), IClassFixture<KillFactory>
{
    public static TheoryData<string> Points => [.. BoardKillPoints.All];

    [Theory]
    [MemberData(nameof(Points))]
    public Task BoardThatLosesPower_EndsProved(string point) => CutBoardsPowerAsync(point);
}

public sealed class StationKillTests(KillFactory running) : UnitKillTests(running), IClassFixture<KillFactory>
{
    public static TheoryData<string> Points => [.. LineStationKillPoints.All];

    [Theory]
    [MemberData(nameof(Points))]
    public Task StationThatDies_EndsWithTheUnitProved(string point)
    {
        var station = Factory.Line.Station;
        if (point.Contains("common", StringComparison.Ordinal))
            SqliteFile.Query<int>(Factory.Layout.Line(Factory.Line.Configuration.Line), "line-station.db", "DELETE FROM common_certificate");
        return KillProgramAsync(station, point);
    }
}

public sealed class AcknowledgementKillTests(KillFactory running) : UnitKillTests(running), IClassFixture<KillFactory>
{
    public static TheoryData<string> Points => [.. LineStationKillPoints.OnTheAcknowledgement];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task StationThatDiesWhileAVerdictIsAcknowledged_EndsWithTheUnitProved(string point)
    {
        var earlier = CountAcknowledged();
        await KillProgramAsync(Factory.Line.Station, point, story => story.HoldAVerdictAsync());
        Assert.Equal(earlier + 1, CountAcknowledged()); // neither forgotten nor noted twice
    }

    private int CountAcknowledged() => SqliteFile.Query<int>(
        Factory.Layout.Line(Factory.Line.Configuration.Line),
        "line-station.db",
        "SELECT COUNT(*) FROM journal WHERE step = 'Acknowledged' AND code = 'NotInStore'")[0];
}

public sealed class TerminalKillTests(KillFactory running) : UnitKillTests(running), IClassFixture<KillFactory>
{
    public static TheoryData<string> Points => [.. CommunicationTerminalKillPoints.OnTheUnit];

    [Theory]
    [MemberData(nameof(Points))]
    public Task TerminalThatDies_EndsWithTheUnitProved(string point) => KillProgramAsync(Factory.Floor.Terminal, point);
}

public sealed class AuthorityKillTests(KillFactory running) : UnitKillTests(running), IClassFixture<KillFactory>
{
    public static TheoryData<string> Points => [.. CertificateAuthorityKillPoints.OnTheUnit];

    [Theory]
    [MemberData(nameof(Points))]
    public Task AuthorityThatDies_EndsWithTheUnitProved(string point) => KillProgramAsync(Factory.Floor.CertificateAuthority, point);
}
