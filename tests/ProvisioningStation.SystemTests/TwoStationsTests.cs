using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests;

/// <summary>Two plates with one number, scanned on two lines at the same moment, with a board on each cable.</summary>
public sealed class TwoStationsTests
{
    private const int Rounds = 20;

    /// <summary>What the terminal may tell the line that comes second; each has words of its own.</summary>
    private static readonly ErrorCode?[] Refusals = [ErrorCode.AlreadyWritten, ErrorCode.WrongLine];

    [Fact]
    public async Task SameNumberOnTwoLinesAtOnce_HasOneValidCertificate_AndBothWorkersAreToldWhatToDo()
    {
        await using var factory = await TestFactory.StartAsync(TestFactory.QuickBoards, lines: 2);
        var lines = factory.Floor.Lines.ToList();
        for (var round = 0; round < Rounds; round++)
        {
            var unit = (await factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;
            await Task.WhenAll(lines.Select(ConnectNewBoardAsync));
            var before = await Task.WhenAll(lines.Select(line => line.Station.Client.FindLastEventAsync(CancellationToken.None)));
            foreach (var i in round % 2 == 0 ? new[] { 0, 1 } : [1, 0])
            {
                lines[i].Scanner.Scan(unit);
                await Task.Delay(round / 2 * 5); // from the same moment on to one behind the other
            }

            var verdicts = await Task.WhenAll(lines.Select((line, i) => VerdictAsync(line, unit, before[i])));
            foreach (var verdict in verdicts)
                AssertSaysWhatToDo(verdict, unit);
            Assert.True(verdicts.Count(verdict => verdict.Verdict == Verdict.Pass) <= 1, $"{unit} passed on both lines");
            AssertNoKeyIsOnBoth(lines);
            AssertOneIsValid(factory, unit);

            await FinishAsync(factory, lines, unit, verdicts);
            AssertNoKeyIsOnBoth(lines);
            AssertOneIsValid(factory, unit);
        }
    }

    private static async Task ConnectNewBoardAsync(FloorLine line)
    {
        await line.Slot.RemoveAsync();
        await line.Slot.ConnectAsync(CancellationToken.None);
        var common = Path.Combine(line.Slot.Directory, "nvram", "common-certificate", "certificate.pem");
        await Wait.UntilAsync("the common certificate", async () => File.Exists(common) // its write would hold up one of the two
            && await line.Station.Client.GetEventsAsync(0, TimeSpan.Zero, CancellationToken.None) is not [.., { Step: StationStep.CommonCertificate, Message: "Writing the common certificate." }]);
    }

    private static async Task<StationEvent> VerdictAsync(FloorLine line, string unit, long before)
    {
        StationEvent? verdict = null;
        await Wait.UntilAsync(
            $"a verdict of line {line.Configuration.Line} on {unit}",
            async () => (verdict = (await line.Station.Client.GetEventsAsync(before, TimeSpan.Zero, CancellationToken.None)).FirstOrDefault(happened => happened.Verdict is not null && happened.MachineNumber == unit)) is not null);
        return verdict!;
    }

    private static void AssertSaysWhatToDo(StationEvent verdict, string unit)
    {
        if (verdict.Verdict == Verdict.Pass)
            return;
        Assert.Equal(Verdict.Blocked, verdict.Verdict);
        Assert.Contains(verdict.Code, Refusals);
        Assert.Contains(unit, verdict.Message, StringComparison.Ordinal);
        Assert.Matches("line 100[0-9]", verdict.Message); // where the other one is
        Assert.EndsWith("Put the unit aside and call the leader.", verdict.Message, StringComparison.Ordinal);
    }

    /// <summary>The line that has the unit in hands ends it with the next scan, whatever came of the first.</summary>
    private static async Task FinishAsync(TestFactory factory, List<FloorLine> lines, string unit, StationEvent[] verdicts)
    {
        var holder = lines.FindIndex(line => line.Configuration.Line == verdicts.FirstOrDefault(verdict => verdict.Verdict == Verdict.Pass)?.Line);
        if (holder < 0)
        {
            var summary = await factory.FindUnitAsync(unit);
            holder = lines.FindIndex(line => line.Configuration.Line == summary.Line);
            await Task.Delay(1100);
            var before = await lines[holder].Station.Client.FindLastEventAsync(CancellationToken.None);
            lines[holder].Scanner.Scan(unit);
            var verdict = await VerdictAsync(lines[holder], unit, before);
            Assert.True(verdict.Verdict == Verdict.Pass, $"{unit} on line {summary.Line}: {verdict.Verdict} {verdict.Code} {verdict.Message}");
        }

        Assert.Equal((UnitState.Proved, lines[holder].Configuration.Line), ((await factory.FindUnitAsync(unit)).State, (await factory.FindUnitAsync(unit)).Line));
        using var proved = Read(lines[holder])!;
        Assert.Equal((await factory.FindUnitAsync(unit)).CertificateFingerprint, Fingerprint.Of(proved.RawData).ToString());
    }

    private static void AssertNoKeyIsOnBoth(List<FloorLine> lines)
    {
        var keys = new List<string>();
        foreach (var line in lines)
        {
            using var certificate = Read(line);
            if (certificate is not null)
                keys.Add(Convert.ToHexString(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        }

        Assert.Equal(keys.Count, keys.Distinct(StringComparer.Ordinal).Count());
    }

    private static void AssertOneIsValid(TestFactory factory, string unit) => Assert.Equal(
        [1],
        SqliteFile.Query<int>(
            factory.Layout.CertificateAuthority,
            "certificate-authority.db",
            "SELECT COUNT(*) FROM certificate WHERE machine_number = @unit AND state NOT IN ('Superseded', 'Revoked')",
            new { unit }));

    private static X509Certificate2? Read(FloorLine line)
    {
        var file = Path.Combine(line.Slot.Directory, "flash", "certificate", "certificate.pem");
        return File.Exists(file) ? X509CertificateLoader.LoadCertificateFromFile(file) : null;
    }
}
