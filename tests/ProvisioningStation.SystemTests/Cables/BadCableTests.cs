using System.Globalization;
using ProvisioningStation.Factory.Cables;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.SystemTests.Kill;
using Xunit;

namespace ProvisioningStation.SystemTests.Cables;

/// <summary>
/// Frames between station and board are lost, late, overtaken and doubled. A unit ends proved, or in a verdict that says what is the matter and is mended by scanning again; never are two
/// certificates valid. By TAP devices that this test drives, and by <c>tc netem</c> where the kernel has it.
/// </summary>
public sealed class BadCableTests(FactoryOnCables running) : IClassFixture<FactoryOnCables>
{
    private const int Seed = 20_261_121;
    private const int MostScans = 8;
    private const int Units = 2;

    /// <summary>What is to be expected of a cable that loses connections; anything else is a defect.</summary>
    private static readonly ErrorCode[] MendedByTheNextScan = [ErrorCode.BoardUnavailable, ErrorCode.WrongBoard, ErrorCode.BoardBusy];

    private TestFactory Factory => running.Factory;

    private CrossCable Cable(int line) => Factory.Cables!.Cables[line];

    /// <summary>Loss, delay, share held back, held for, share doubled: percent and milliseconds.</summary>
    public static TheoryData<int, int, int, int, int> Cases => new()
    {
        { 2, 0, 0, 0, 0 },
        { 15, 0, 0, 0, 0 },
        { 0, 150, 0, 0, 0 },
        { 0, 5, 30, 20, 0 },
        { 0, 0, 0, 0, 30 },
        { 8, 20, 20, 40, 10 },
    };

    [TheoryAsRoot("ip", TapDevice.Path)]
    [MemberData(nameof(Cases))]
    public async Task FramesByTap_EveryUnitEndsProved(int loss, int delay, int held, int heldFor, int twice)
    {
        await using var cable = await running.MakeBadAsync(Seed);
        cable.Become(new Badness(loss / 100.0, TimeSpan.FromMilliseconds(delay), held / 100.0, TimeSpan.FromMilliseconds(heldFor), twice / 100.0));
        await BuildAsync(Factory.Line);

        var figures = $"passed {cable.Passed}, lost {cable.Lost}, overtaken {cable.Overtaken}, doubled {cable.Doubled}";
        Assert.True(cable.Passed > 50 * Units, figures);
        Assert.True(loss == 0 == (cable.Lost == 0), figures);
        Assert.True(held == 0 || cable.Overtaken > 0, figures);
        Assert.True(twice == 0 == (cable.Doubled == 0), figures);
        await Factory.Line.Slot.RemoveAsync(); // says goodbye while there is a cable
    }

    /// <summary>The link is up, so nothing tells the station but its own patience.</summary>
    [TheoryAsRoot("ip", TapDevice.Path)]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(30)]
    [InlineData(40)]
    public async Task SilentInTheMiddle_IsSaid_AndTheNextScanEndsProved(int frames)
    {
        await using var cable = await running.MakeBadAsync(Seed);
        var story = new UnitUnderKill(Factory);
        var unit = await story.BeginAsync();
        var common = Path.Combine(story.BoardDirectory, "flash", "common-certificate", "certificate.pem");
        await Wait.UntilAsync("the common certificate", () => Task.FromResult(File.Exists(common)));

        cable.FallSilentAfter(frames);
        var verdict = await story.ScanAsync(unit);
        Assert.True(cable.Lost > 0, $"passed {cable.Passed}");
        Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), (verdict.Verdict, verdict.Code));
        Assert.InRange(verdict.Seconds, 0, 20);
        cable.BeSilentNoMore();
        await story.FinishAsync(unit, visitGoesOn: false);
        await story.AssertConsistentAsync(unit);
        await Factory.Line.Slot.RemoveAsync();
    }

    [TheoryNeedsNetem]
    [InlineData("loss", "15%")]
    [InlineData("delay", "150ms", "20ms")]
    [InlineData("delay", "20ms", "reorder", "30%", "50%")]
    [InlineData("delay", "20ms", "40ms", "loss", "8%", "duplicate", "10%")]
    public async Task Netem_EveryUnitEndsProved(params string[] what)
    {
        var line = Factory.Floor.Lines[1];
        var cable = Cable(1);
        await Tool.RunOkAsync("tc", ["qdisc", "replace", "dev", cable.Interface, "root", "netem", .. what]);
        await Tool.RunOkAsync("tc", ["-n", cable.Namespace, "qdisc", "replace", "dev", CrossCable.BoardInterface, "root", "netem", .. what]);
        await BuildAsync(line);
    }

    private async Task BuildAsync(FloorLine line)
    {
        for (var built = 0; built < Units; built++)
        {
            var story = new UnitUnderKill(Factory, line: line);
            var unit = await story.BeginAsync();
            StationEvent verdict;
            var scans = 0;
            while ((verdict = await story.ScanAsync(unit)).Verdict != Verdict.Pass)
            {
                Assert.True(MendedByTheNextScan.Contains(verdict.Code!.Value), $"{unit}: {verdict.Message} ({verdict.Code})");
                Assert.True(++scans < MostScans, string.Create(CultureInfo.InvariantCulture, $"{unit} is still {verdict.Verdict} after {scans} scans: {verdict.Message} ({verdict.Code})"));
            }

            await story.AssertConsistentAsync(unit);
        }
    }
}

/// <summary>A test that needs the kernel's network emulator: skipped, visibly, where the kernel was built without it.</summary>
public sealed class TheoryNeedsNetemAttribute : TheoryAttribute
{
    private static readonly Lazy<string?> Missing = new(FindMissing);

    public TheoryNeedsNetemAttribute() => Skip = Missing.Value;

    private static string? FindMissing()
    {
        if (FactAsRootAttribute.FindMissing("ip", "tc", "unshare") is { } missing)
            return missing;
        using var attempt = Tool.Start("unshare", ["--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]);
        attempt.WaitForExit();
        return attempt.ExitCode == 0 ? null : "This kernel has no network emulator (sch_netem).";
    }
}
