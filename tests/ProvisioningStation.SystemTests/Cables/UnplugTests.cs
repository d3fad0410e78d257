using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Board;
using ProvisioningStation.LineStation;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.SystemTests.Kill;
using Xunit;

namespace ProvisioningStation.SystemTests.Cables;

/// <summary>
/// The cross cable is unplugged in the middle of a unit: station or board stands still at a named place while the link goes, so that it is certain in which step it went. Then the same board
/// is plugged in again, or another one. A certificate never ends on a board that it is not for, and the unit ends proved with one (P-3, P-27, P-29).
/// </summary>
public sealed class UnplugTests(FactoryOnCables running) : IClassFixture<FactoryOnCables>, IAsyncLifetime
{
    private static readonly string[] BeforeAnythingIsWritten =
    [
        LineStationKillPoints.BeforeCall(StationCall.Identify), // connect
        LineStationKillPoints.AfterJournal(StationStep.Identify), // number check
        LineStationKillPoints.AfterCall(StationCall.Fetch),
        LineStationKillPoints.BeforeCall(StationCall.Write),
        BoardKillPoints.BeforeReceipt, // the pack is there, the receipt is not
    ];

    private static readonly string[] WhileOrAfterWriting =
    [
        LineStationKillPoints.AfterCall(StationCall.Write),
        BoardKillPoints.Of("certificate").HalfWritten,
        LineStationKillPoints.AfterJournal(StationStep.Verify),
        LineStationKillPoints.AfterJournal(StationStep.Report), // result
        LineStationKillPoints.BeforeCall(StationCall.Acknowledge),
        BoardKillPoints.BeforeMachineNumber, // parameters
        LineStationKillPoints.BeforeCall(StationCall.Prove),
    ];

    private readonly UnitUnderKill _story = new(running.Factory);

    public static TheoryData<string> Places => [.. BeforeAnythingIsWritten, .. WhileOrAfterWriting];

    private TestFactory Factory => running.Factory;

    private static string AfterProof => LineStationKillPoints.AfterCall(StationCall.Prove);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => running.PutRightAsync();

    [TheoryAsRoot("ip")]
    [MemberData(nameof(Places))]
    public async Task OutUntilTheVerdict_SaysNoCable_AndTheNextScanEndsProved(string place)
    {
        var (unit, order) = await UnplugAtAsync(place);
        order.GoOn();
        if (await _story.FirstVerdictAsync(unit) is { } verdict)
        {
            Assert.Equal((Verdict.Blocked, ErrorCode.BoardUnavailable), (verdict.Verdict, verdict.Code));
            Assert.StartsWith("No cable: ", verdict.Message, StringComparison.Ordinal);
        }

        await running.PlugInAsync();
        await _story.FinishAsync(unit, visitGoesOn: false);
        await _story.AssertConsistentAsync(unit);
    }

    [TheoryAsRoot("ip")]
    [MemberData(nameof(Places))]
    public async Task OutForAMoment_EndsProved(string place)
    {
        var (unit, order) = await UnplugAtAsync(place);
        order.GoOn();
        await running.PlugInAsync();
        await _story.FinishAsync(unit, visitGoesOn: true);
        await _story.AssertConsistentAsync(unit);
    }

    [FactAsRoot("ip")]
    public async Task OutBehindTheProof_Passes()
    {
        var (unit, order) = await UnplugAtAsync(AfterProof);
        order.GoOn();
        Assert.Equal(Verdict.Pass, (await _story.FirstVerdictAsync(unit))!.Verdict);
        await _story.AssertConsistentAsync(unit);
    }

    [TheoryAsRoot("ip")]
    [MemberData(nameof(Places))]
    public async Task AnotherUnitsBoardInstead_IsNoticedAndKeepsEveryByte(string place)
    {
        var other = new UnitUnderKill(Factory, line: Factory.Floor.Lines[1]);
        var otherUnit = await other.BeginAsync();
        await other.FinishAsync(otherUnit, visitGoesOn: false);
        var before = Memories(other.BoardDirectory);

        var (unit, order) = await UnplugAtAsync(place);
        await running.ExchangeAsync();
        Assert.True(order.IsWaiting);
        order.GoOn();
        if (await _story.FirstVerdictAsync(unit) is { } verdict)
            Assert.True(verdict is { Verdict: Verdict.Blocked, Code: ErrorCode.WrongBoard or ErrorCode.BoardUnavailable }, $"{verdict.Verdict} {verdict.Code}: {verdict.Message}");
        var noticed = await _story.ScanAsync(unit);
        Assert.Equal((Verdict.Blocked, ErrorCode.WrongBoard), (noticed.Verdict, noticed.Code));
        Assert.Contains(otherUnit, noticed.Message, StringComparison.Ordinal);
        Assert.Equal(before, Memories(other.BoardDirectory));
        Assert.True(OwnCertificate(_story.BoardDirectory) is not { } own || own.Subject.Contains(unit, StringComparison.Ordinal));

        await running.ExchangeAsync();
        await _story.FinishAsync(unit, visitGoesOn: false);
        await _story.AssertConsistentAsync(unit);
        await other.AssertConsistentAsync(otherUnit);
        Assert.Equal(before, Memories(other.BoardDirectory));
    }

    [TheoryAsRoot("ip")]
    [MemberData(nameof(Places))]
    public async Task NewBoardInstead_OnlyOneOfTheTwoEndsWithTheValidCertificate(string place)
    {
        var second = Factory.Floor.Lines[1].Slot;
        await second.RemoveAsync();
        await second.ConnectAsync(CancellationToken.None);
        await Wait.UntilAsync("the second board's common certificate", () => Task.FromResult(File.Exists(Path.Combine(second.Directory, "flash", "common-certificate", "certificate.pem"))));

        var (unit, order) = await UnplugAtAsync(place);
        await running.ExchangeAsync();
        Assert.True(order.IsWaiting);
        order.GoOn();
        var verdict = await _story.FirstVerdictAsync(unit);
        for (var scan = 0; scan < 3 && verdict is not ({ Verdict: Verdict.Pass } or { Code: ErrorCode.AlreadyWritten }); scan++)
            verdict = await _story.ScanAsync(unit);
        if (verdict!.Code == ErrorCode.AlreadyWritten) // the terminal knows that the first board has it, and that board only finishes the unit
        {
            Assert.Equal(BoardKillPoints.BeforeMachineNumber, place);
            Assert.Null(OwnCertificate(second.Directory));
            await running.ExchangeAsync();
            await _story.FinishAsync(unit, visitGoesOn: false);
            await _story.AssertConsistentAsync(unit);
            return;
        }

        Assert.True(verdict.Verdict == Verdict.Pass, verdict.Message);
        await _story.AssertConsistentAsync(unit, second.Directory);
        var proved = OwnCertificate(second.Directory)!.Value;
        var left = OwnCertificate(_story.BoardDirectory);
        Assert.NotEqual(proved.Fingerprint, left?.Fingerprint);
        if (left is { } superseded) // it was written before the exchange; whoever connects the board now is refused
            Assert.Equal([nameof(CertificateState.Superseded)], StatesAtAuthority(superseded.Serial));
    }

    private async Task<(string Unit, WaitOrder Order)> UnplugAtAsync(string place)
    {
        var order = new WaitOrder(Factory.Directory, place);
        var isBoards = place.StartsWith("board.", StringComparison.Ordinal);
        await Factory.Line.Slot.RemoveAsync();
        if (!isBoards)
        {
            await Factory.Line.Station.RestartAsync(order.Environment);
            await Factory.Line.Station.WaitUntilHealthyAsync(CancellationToken.None);
        }

        var unit = isBoards ? await _story.BeginAsync(order) : await _story.BeginAsync();
        await _story.GoUntilAsync(unit, order.ReachedAsync());
        Assert.True(order.IsWaiting, $"Nobody stands at {place}.");
        await running.UnplugAsync();
        Assert.True(order.IsWaiting, $"It went on from {place} before the cable was out.");
        return (unit, order);
    }

    private List<string> StatesAtAuthority(string serial) =>
        SqliteFile.Query<string>(Factory.Layout.CertificateAuthority, "certificate-authority.db", "SELECT state FROM certificate WHERE serial_number = @serial", new { serial });

    /// <summary>Every file of flash and NVRAM with what it holds.</summary>
    private static List<string> Memories(string board) =>
    [
        .. Directory.EnumerateFiles(board, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(board, file).Split('/')[0] is "flash" or "nvram")
            .Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(board, file)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}"),
    ];

    private static (string Subject, string Serial, string Fingerprint)? OwnCertificate(string board)
    {
        var file = Path.Combine(board, "flash", "certificate", "certificate.pem");
        if (!File.Exists(file))
            return null;
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
        return (certificate.Subject, certificate.SerialNumber.ToLowerInvariant(), Fingerprint.Of(certificate.RawData).ToString());
    }
}
