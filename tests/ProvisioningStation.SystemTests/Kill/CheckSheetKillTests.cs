using ProvisioningStation.LineStation;
using ProvisioningStation.Protocol.LineStation;
using ProvisioningStation.SystemTests.Fixtures;
using Xunit;

namespace ProvisioningStation.SystemTests.Kill;

/// <summary>A factory whose line prints check sheets.</summary>
public sealed class PrintingFactory : KillFactory
{
    public LinePrinter Printer { get; } = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Printer.Dispose();
    }

    protected override string Configure(string file, string text) => base.Configure(file, file == "line-1001.json"
        ? text.Replace("\"Prove\"] },", $"\"Prove\", \"PrintCheckSheet\"] }},\n  \"Printer\": {{ \"Address\": \"{Printer.Address}\" }},", StringComparison.Ordinal)
        : text);
}

/// <summary>
/// The station dies between the Pass that orders a check sheet and the row that says it is printed: the sheet comes without anybody's doing. A second copy comes only where the station died
/// between the printer's taking the sheet and that row: nobody but the station could know that there is one.
/// </summary>
public sealed class CheckSheetKillTests(PrintingFactory running) : UnitKillTests(running), IClassFixture<PrintingFactory>
{
    private static readonly string[] PrinterHasIt = [LineStationKillPoints.AfterPrint, LineStationKillPoints.BeforeJournal(StationStep.PrintCheckSheet)];

    public static TheoryData<string> Points =>
        [LineStationKillPoints.BeforeJournal(StationStep.Done), LineStationKillPoints.AfterJournal(StationStep.Done), .. LineStationKillPoints.OnTheCheckSheet];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task StationThatDies_PrintsTheSheet_AndASecondCopyOnlyWhereItCouldNotKnow(string point)
    {
        var before = running.Printer.Sheets.Count;
        var unit = await KillProgramAsync(Factory.Line.Station, point);
        await Wait.UntilAsync($"the check sheet of {unit}", () => Task.FromResult(StateOf(unit) is ["Printed"]));
        var sheets = running.Printer.Sheets.Skip(before).ToList();
        Assert.Equal(PrinterHasIt.Contains(point) ? 2 : 1, sheets.Count);
        Assert.All(sheets, sheet => Assert.Equal(sheets[0], sheet)); // the same printing, not a reprint
        await Wait.UntilAsync("the kept sheet to go", () => Task.FromResult(Directory.GetFiles(Path.Combine(Station, "check-sheets")).Length == 0));
    }

    private string Station => Factory.Layout.Line(Factory.Line.Configuration.Line);

    private List<string> StateOf(string unit) =>
        SqliteFile.Query<string>(Station, "line-station.db", "SELECT state FROM check_sheet WHERE machine_number = @unit", new { unit });
}
