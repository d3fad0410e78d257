using ProvisioningStation.LineStation.Scanning;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using Xunit;

namespace ProvisioningStation.Tests.LineStation;

/// <summary>Workers sign in by their badge at a line that requires it; who worked stands in every row (P-31).</summary>
public sealed class SignInTests() : LineTest("--Workers:Required=true", "--Workers:BadgePattern=W-####")
{
    [Fact]
    public async Task ScanWithNobodySignedIn_IsBlockedWithWords_AndTheBoardStaysBlank()
    {
        var verdict = await Station.ScanAsync(Number);
        Assert.Equal((Verdict.Blocked, ErrorCode.SignInRequired, null), (verdict.Verdict, verdict.Code, verdict.Worker));
        Assert.Contains("Scan your badge", verdict.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Files["board-1/flash/common-certificate"]) && File.Exists(Files["board-1/flash/common-certificate/certificate.pem"]));
        Assert.Empty(Terminal.Calls);
    }

    [Fact]
    public async Task SignedInWorker_IsInEveryRowOfTheUnit()
    {
        Station.Scan("W-4711", ScanKind.Badge);
        Assert.Equal("W-4711", (await Station.NextAsync(happened => happened.Step == StationStep.SignedIn)).Worker);
        Assert.Equal(Verdict.Pass, (await Station.ScanAsync(Number)).Verdict);
        var rows = (await Station.Journal.GetAfterAsync(0, TimeSpan.Zero, default)).Where(happened => happened.MachineNumber == Number).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal("W-4711", row.Worker));
    }

    [Fact]
    public async Task AnotherBadge_TakesTheLineOver_AndTheSameOneSignsOut()
    {
        Station.Scan("W-0001", ScanKind.Badge);
        await Station.NextAsync(happened => happened.Step == StationStep.SignedIn);
        Station.Scan("W-0002", ScanKind.Badge);
        Assert.Equal("W-0002", (await Station.NextAsync(happened => happened.Step == StationStep.SignedIn)).Worker);
        Station.Scan("W-0002", ScanKind.Badge);
        Assert.Equal("W-0002", (await Station.NextAsync(happened => happened.Step == StationStep.SignedOut)).Worker);
        Assert.Equal((Verdict.Blocked, ErrorCode.SignInRequired), await CodeAsync(Number));
    }

    [Fact]
    public async Task Restart_KeepsWhoIsSignedIn_ButNotWhoHasLeft()
    {
        Station.Scan("W-0001", ScanKind.Badge);
        await Station.NextAsync(happened => happened.Step == StationStep.SignedIn);
        await RestartStationAsync();
        Assert.Equal((Verdict.Pass, "W-0001"), await WorkerAsync(Number));
        Station.Scan("W-0001", ScanKind.Badge);
        await Station.NextAsync(happened => happened.Step == StationStep.SignedOut);
        await RestartStationAsync();
        Assert.Equal((Verdict.Blocked, null), await WorkerAsync(Number));
    }

    private async Task<(Verdict?, string?)> WorkerAsync(string scanned)
    {
        var verdict = await Station.ScanAsync(scanned);
        return (verdict.Verdict, verdict.Worker);
    }
}
