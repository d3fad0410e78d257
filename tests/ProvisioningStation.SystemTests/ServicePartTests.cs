using ProvisioningStation.Factory.Lines;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests;

/// <summary>A service part's way (P-11) over real programs: a line that makes service parts and one that builds them into products, each run by its shipped sample.</summary>
public sealed class ServicePartTests : IAsyncLifetime
{
    private const string ServicePartLine = "1002";
    private const string ProductLine = "1003";

    private readonly TestFactory _factory = TestFactory.Prepare(TestFactory.QuickBoards);

    public async Task InitializeAsync()
    {
        _factory.UseSample(ServicePartLine, "service-part-line");
        _factory.UseSample(ProductLine, "product-line");
        await _factory.SetUpAsync();
        await _factory.StartFloorAsync();
        await _factory.WaitForBatchAsync();
    }

    public async Task DisposeAsync() => await _factory.DisposeAsync();

    [Fact]
    public async Task BlankBoard_IsAServicePart_AndAProductLineMakesItAUnit()
    {
        var (parts, products) = (Find(ServicePartLine), Find(ProductLine));

        // 1. Blank boards get the common certificate unasked, all the same one, and no number.
        var first = await MakePartAsync(parts);
        await parts.Slot.RemoveAsync();
        var part = await MakePartAsync(parts);
        Assert.Equal(first, part);
        Assert.Equal(2, (await EventsAsync(parts, 0)).Count(happened => happened.Verdict is not null));

        // 2. The part is built in at a product line, which has no common certificate to give.
        File.Copy(Path.Combine(_factory.Layout.Line(ServicePartLine), "workpiece.json"), Path.Combine(_factory.Layout.Line(ProductLine), "workpiece.json"));
        await parts.Slot.RemoveAsync();
        await products.Slot.ConnectAsync(CancellationToken.None);
        var unit = (await _factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;
        Assert.Equal((Verdict.Pass, unit, null), await ScanAsync(products, unit));
        Assert.DoesNotContain(await EventsAsync(products, 0), happened => happened.Step == StationStep.CommonCertificate);
        Assert.Equal((UnitState.Proved, ProductLine), ((await _factory.FindUnitAsync(unit)).State, (await _factory.FindUnitAsync(unit)).Line));
        Assert.Equal(unit, (await File.ReadAllLinesAsync(Path.Combine(products.Slot.Directory, "nvram", "machine-number")))[0]);
        Assert.Equal(part, await ReadCommonAsync(products.Slot)); // it keeps it beside its own

        // 3. A board that was at no board line is sent back there.
        await products.Slot.RemoveAsync();
        await products.Slot.ConnectAsync(CancellationToken.None);
        var next = (await _factory.Floor.Terminal.Client.GetUnitsAsync(UnitState.Stored, null, null, 1, CancellationToken.None))[0].MachineNumber;
        Assert.Equal((Verdict.Blocked, next, ErrorCode.NoCommonCertificate.ToString()), await ScanAsync(products, next));
        Assert.Equal(UnitState.Stored, (await _factory.FindUnitAsync(next)).State);
    }

    /// <summary>Puts a new board on the cable and waits for the station's word; returns the certificate that it has in flash and NVRAM.</summary>
    private async Task<string> MakePartAsync(FloorLine line)
    {
        var before = await line.Station.Client.FindLastEventAsync(CancellationToken.None);
        await line.Slot.ConnectAsync(CancellationToken.None);
        var verdict = await VerdictAsync(line, before);
        Assert.Equal((Verdict.Pass, null, null), (verdict.Verdict, verdict.MachineNumber, verdict.Code));
        Assert.False(File.Exists(Path.Combine(line.Slot.Directory, "flash", "certificate", "certificate.pem")));
        Assert.False(File.Exists(Path.Combine(line.Slot.Directory, "nvram", "machine-number")));
        return await ReadCommonAsync(line.Slot);
    }

    private static async Task<string> ReadCommonAsync(BoardSlot slot)
    {
        var flash = await File.ReadAllTextAsync(Path.Combine(slot.Directory, "flash", "common-certificate", "certificate.pem"));
        Assert.Equal(flash, await File.ReadAllTextAsync(Path.Combine(slot.Directory, "nvram", "common-certificate", "certificate.pem")));
        return flash;
    }

    private static async Task<(Verdict?, string?, string?)> ScanAsync(FloorLine line, string number)
    {
        var before = await line.Station.Client.FindLastEventAsync(CancellationToken.None);
        line.Scanner.Scan(number);
        var verdict = await VerdictAsync(line, before);
        return (verdict.Verdict, verdict.MachineNumber, verdict.Code?.ToString());
    }

    private static async Task<StationEvent> VerdictAsync(FloorLine line, long after)
    {
        StationEvent? verdict = null;
        await Wait.UntilAsync($"a verdict of line {line.Configuration.Line}", async () => (verdict = (await EventsAsync(line, after)).FirstOrDefault(happened => happened.Verdict is not null)) is not null);
        return verdict!;
    }

    private static Task<IReadOnlyList<StationEvent>> EventsAsync(FloorLine line, long after) => line.Station.Client.GetEventsAsync(after, TimeSpan.Zero, CancellationToken.None);

    private FloorLine Find(string name) => _factory.Floor.Lines.Single(line => line.Configuration.Line == name);
}
