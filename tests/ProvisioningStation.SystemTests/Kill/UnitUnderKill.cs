using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Cables;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>
/// The longest way one unit can go: a blank board gets the common certificate, its first own certificate is spoiled by the flash, so that the CA issues a second one, and that one
/// is written and proved. Somebody dies on the way; the worker scans again until the verdict is OK.
/// </summary>
/// <param name="factory">Where it happens.</param>
/// <param name="boardsMakeKeys">The model whose boards make their own keys (P-28), where the unit is to be one of them.</param>
/// <param name="line">The line; the first one where none is given.</param>
public sealed class UnitUnderKill(TestFactory factory, ModelCode? boardsMakeKeys = null, FloorLine? line = null)
{
    private static readonly TimeSpan SameCodeCountsOnce = TimeSpan.FromMilliseconds(1100);

    private long? _scannedAfter;

    private FloorLine Line => line ?? factory.Line;

    /// <summary>The memories of the unit's board.</summary>
    public string BoardDirectory => Line.Slot.Directory;

    /// <summary>Puts a new board on the cable, with a fault on command where one is given, and chooses a unit.</summary>
    public async Task<string> BeginAsync(KillOrder? boardOrder = null, (string File, string Text)? fault = null, int nth = 0)
    {
        var unit = await PlaceAsync(nth);
        if (fault is { } ordered)
            await OrderFaultAsync(ordered.File, ordered.Text);
        if (boardOrder is null)
            await Line.Slot.PowerOnAsync(null, CancellationToken.None);
        else
            await boardOrder.WaitUntilHealthyOrDeadAsync(() => Line.Slot.PowerOnAsync(boardOrder.Environment, CancellationToken.None));
        return unit;
    }

    /// <summary>Puts a new board on the cable that stands still where <paramref name="boardOrder"/> says, and chooses a unit.</summary>
    public async Task<string> BeginAsync(WaitOrder boardOrder)
    {
        var unit = await PlaceAsync();
        await Line.Slot.PowerOnAsync(boardOrder.Environment, CancellationToken.None);
        return unit;
    }

    /// <summary>Scans a number that nobody knows, so that the line holds a verdict which the unit's scan acknowledges.</summary>
    public async Task HoldAVerdictAsync()
    {
        const string unknown = "3012-999999";
        var before = await LastEventAsync();
        Line.Scanner.Scan(unknown);
        StationEvent? verdict = null;
        await Wait.UntilAsync("a held verdict", async () => (verdict = await FindVerdictAsync(unknown, before)) is not null);
        Assert.Equal(ErrorCode.NotInStore, verdict!.Code);
    }

    /// <summary>Goes the way until the victim dies or the verdict comes, with <paramref name="fault"/> at the board in place of the spoiled first write where one is given.</summary>
    public async Task GoUntilAsync(string unit, Task victimEnded, (string File, string Text)? fault = null)
    {
        var common = Path.Combine(BoardDirectory, "flash", "common-certificate", "certificate.pem");
        await Wait.UntilAsync("the common certificate", () => Task.FromResult(File.Exists(common) || victimEnded.IsCompleted));
        if (victimEnded.IsCompleted)
            return;
        await Wait.UntilAsync("the station to be done with it", async () => victimEnded.IsCompleted || !await CommonIsUnderWayAsync());
        if (victimEnded.IsCompleted)
            return;
        var (file, text) = fault ?? ("fail-writes", "1\n");
        await OrderFaultAsync(file, text);
        _scannedAfter = await LastEventAsync();
        Line.Scanner.Scan(unit);
        await Wait.UntilAsync($"a verdict or a death ({unit})", async () => victimEnded.IsCompleted || await FindVerdictAsync(unit, _scannedAfter.Value) is not null);
    }

    /// <summary>Scans until the verdict is OK. A visit that outlives the victim's death ends in a verdict of its own, which may be OK already.</summary>
    public async Task FinishAsync(string unit, bool visitGoesOn)
    {
        if (visitGoesOn && await FirstVerdictAsync(unit) is { Verdict: Verdict.Pass })
            return;
        for (var scan = 1; ; scan++)
        {
            var verdict = await ScanAsync(unit);
            if (verdict.Verdict == Verdict.Pass)
                return;
            Assert.True(scan < 6, $"{unit} is still {verdict.Verdict} after {scan} scans: {verdict.Message} ({verdict.Code})");
        }
    }

    /// <summary>The verdict of the visit that <see cref="GoUntilAsync"/> began; null where it did not come to a scan.</summary>
    public async Task<StationEvent?> FirstVerdictAsync(string unit)
    {
        if (_scannedAfter is not { } first)
            return null;
        StationEvent? verdict = null;
        await Wait.UntilAsync($"the first verdict for {unit}", async () => (verdict = await FindVerdictAsync(unit, first)) is not null);
        return verdict;
    }

    /// <summary>Waits until the station is at <paramref name="step"/> with the unit.</summary>
    public Task WaitForStepAsync(string unit, StationStep step) => Wait.UntilAsync(
        $"{step} of {unit}",
        async () => (await EventsAsync(_scannedAfter ?? long.MaxValue)).Any(happened => happened.Step == step && happened.MachineNumber == unit));

    /// <summary>What the board knows of its last write and the station has not acknowledged (P-19).</summary>
    public bool BoardHoldsItsResult => File.Exists(Path.Combine(BoardDirectory, "nvram", "write-result"));

    /// <summary>What the station owes the terminal, in its order.</summary>
    public IReadOnlyList<string> Owed => SqliteFile.Query<string>(factory.Layout.Line(Line.Configuration.Line), "line-station.db", "SELECT kind FROM outbox ORDER BY id");

    /// <summary>How often the terminal noted <paramref name="what"/> of the unit's first attempt.</summary>
    public int CountNoted(string unit, string what) => SqliteFile.Query<int>(
        factory.Layout.CommunicationTerminal,
        "communication-terminal.db",
        "SELECT COUNT(*) FROM unit_event WHERE machine_number = @unit AND attempt = 1 AND what = @what",
        new { unit, what })[0];

    /// <summary>Scans once.</summary>
    public async Task<StationEvent> ScanAsync(string unit)
    {
        await Task.Delay(SameCodeCountsOnce);
        var before = await LastEventAsync();
        Line.Scanner.Scan(unit);
        StationEvent? verdict = null;
        await Wait.UntilAsync($"a verdict for {unit}", async () => (verdict = await FindVerdictAsync(unit, before)) is not null);
        return verdict!;
    }

    /// <summary>CA, terminal and board agree, and no certificate is valid twice.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="board">The memories of its board where that is not the one it began with.</param>
    public async Task AssertConsistentAsync(string unit, string? board = null)
    {
        board ??= BoardDirectory;

        // The terminal: proved, with one certificate per attempt.
        var summary = await factory.FindUnitAsync(unit);
        Assert.Equal(UnitState.Proved, summary.State);

        // The board holds exactly the terminal's certificate, and has forgotten nothing that it should know.
        var pem = await File.ReadAllTextAsync(Path.Combine(board, "flash", "certificate", "certificate.pem"));
        using var certificate = X509Certificate2.CreateFromPem(pem);
        Assert.Equal(summary.CertificateFingerprint, Fingerprint.Of(certificate.RawData).ToString());
        Assert.Equal(unit, (await File.ReadAllLinesAsync(Path.Combine(board, "nvram", "machine-number")))[0]);

        await AssertAuthorityKnowsAllAsync(unit, certificate.SerialNumber.ToLowerInvariant());
    }

    /// <summary>At the CA: one valid certificate, the one on the board; every other of this number is superseded, and none that the terminal has is unknown.</summary>
    private async Task AssertAuthorityKnowsAllAsync(string unit, string onBoard)
    {
        await Wait.UntilAsync("the acknowledgement at the CA", () => Task.FromResult(KnownAtAuthority(unit).Exists(row => row.Serial == onBoard && row.State == nameof(CertificateState.Fetched))));
        var known = KnownAtAuthority(unit);
        Assert.Equal(onBoard, Assert.Single(known, row => row.State is not nameof(CertificateState.Superseded)).Serial);
        var stored = SqliteFile.Query<byte[]>(
            factory.Layout.CommunicationTerminal,
            "communication-terminal.db",
            "SELECT certificate FROM certificate WHERE machine_number = @unit",
            new { unit });
        Assert.NotEmpty(stored);
        Assert.All(stored, der =>
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            Assert.Contains(known, row => row.Serial == certificate.SerialNumber.ToLowerInvariant());
        });
    }

    private List<(string Serial, string State)> KnownAtAuthority(string unit) => SqliteFile.Query<(string, string)>(
        factory.Layout.CertificateAuthority,
        "certificate-authority.db",
        "SELECT serial_number, state FROM certificate WHERE machine_number = @unit",
        new { unit });

    private Task OrderFaultAsync(string file, string text)
    {
        var simulate = DataDirectory.Open(Path.Combine(DataDirectory.Open(BoardDirectory).Path, "simulate")); // a board that was never on has no memories yet
        return File.WriteAllTextAsync(Path.Combine(simulate.Path, file), text);
    }

    private async Task<string> PlaceAsync(int nth = 0)
    {
        await Line.Slot.RemoveAsync();
        var waiting = boardsMakeKeys is null ? UnitState.Stored : UnitState.Planned; // no pack is ordered for boards that make their own key
        var unit = (await factory.Floor.Terminal.Client.GetUnitsAsync(waiting, boardsMakeKeys, null, nth + 1, CancellationToken.None))[nth].MachineNumber;
        Line.Slot.Place();
        Line.Slot.Assign(unit);
        return unit;
    }

    private async Task<long> LastEventAsync() => (await EventsAsync(0)).Select(happened => happened.Sequence).DefaultIfEmpty(0).Max();

    private async Task<StationEvent?> FindVerdictAsync(string unit, long after) =>
        (await EventsAsync(after)).FirstOrDefault(happened => happened.Verdict is not null && happened.MachineNumber == unit);

    private async Task<bool> CommonIsUnderWayAsync() => (await EventsAsync(0)) is [.., { Step: StationStep.CommonCertificate, Message: "Writing the common certificate." }];

    private async Task<IReadOnlyList<StationEvent>> EventsAsync(long after)
    {
        try
        {
            return await Line.Station.Client.GetEventsAsync(after, TimeSpan.Zero, CancellationToken.None);
        }
        catch (ProvisioningException away) when (away.Code == ErrorCode.Unreachable)
        {
            return []; // the station is the victim
        }
    }
}
