using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>A verdict that is no Pass is held until a person has seen it, and that it was seen is on record.</summary>
public sealed class AcknowledgementTests : LineTest
{
    private const string Unmanaged = "3013-100001";

    [Fact]
    public async Task BlockedVerdict_IsHeld_UntilTheCommandBarcode()
    {
        var blocked = await Station.ScanAsync(Unmanaged);
        Assert.Equal(blocked, Station.Journal.Held);
        Station.Scan("%CMD-ACK", ScanKind.Command);
        var seen = await Station.NextAsync(happened => happened.Step == StationStep.Acknowledged);
        Assert.Equal((Unmanaged, ErrorCode.NotManaged, "Serial"), (seen.MachineNumber, seen.Code, seen.Source));
        Assert.Null(Station.Journal.Held);
    }

    [Fact]
    public async Task NextMachineNumber_AcknowledgesWhatWasHeld()
    {
        await Station.ScanAsync(Unmanaged);
        Station.Scan(Number);
        Assert.Equal(Unmanaged, (await Station.NextAsync(happened => happened.Step == StationStep.Acknowledged)).MachineNumber);
        Assert.Equal(Verdict.Pass, (await Station.VerdictAsync()).Verdict);
        Assert.Null(Station.Journal.Held);
    }

    [Theory]
    [InlineData("NOREAD", ScanKind.NoRead)]
    [InlineData("cut off", ScanKind.Unreadable)]
    [InlineData("4901234567894", ScanKind.Code)]
    public async Task ScanThatIsNoMachineNumber_LeavesAHeldVerdictStanding(string text, ScanKind kind)
    {
        var blocked = await Station.ScanAsync(Unmanaged);
        Assert.Equal(Verdict.Blocked, (await Station.ScanAsync(text, kind)).Verdict);
        Assert.Equal(blocked, Station.Journal.Held);
    }

    [Fact]
    public async Task HeldVerdict_SurvivesARestart_AndSoDoesThatItWasSeen()
    {
        var blocked = await Station.ScanAsync(Unmanaged);
        await RestartStationAsync();
        Assert.Equal(blocked.Sequence, Station.Journal.Held?.Sequence);
        Assert.True(await Station.Journal.AcknowledgeAsync(blocked.Sequence, ScanSource.Wedge, default));
        await RestartStationAsync();
        Assert.Null(Station.Journal.Held);
    }

    [Fact]
    public async Task AcknowledgementOfAnEarlierVerdict_LeavesTheLaterOne()
    {
        var first = await Station.ScanAsync(Unmanaged);
        var second = await Station.ScanAsync("3013-100002");
        Assert.False(await Station.Journal.AcknowledgeAsync(first.Sequence, ScanSource.Wedge, default));
        Assert.Equal(second, Station.Journal.Held);
        Assert.True(await Station.Journal.AcknowledgeAsync(second.Sequence, ScanSource.Wedge, default));
        Assert.False(await Station.Journal.AcknowledgeAsync(second.Sequence, ScanSource.Wedge, default));
    }

    [Fact]
    public async Task TwoWhoAcknowledgeAtTheSameMoment_AreOneRow()
    {
        await Station.ScanAsync(Unmanaged);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Station.Journal.AcknowledgeAsync(null, ScanSource.Wedge, default))));
        Assert.Single(answers, answer => answer);
        Assert.Single(await Station.Journal.GetAfterAsync(0, TimeSpan.Zero, default), happened => happened.Step == StationStep.Acknowledged);
    }
}
