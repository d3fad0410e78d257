using Dapper;
using ProvisioningStation.CommunicationTerminal.Printing;
using ProvisioningStation.CommunicationTerminal.Records;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Audit;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.CommunicationTerminal.Printing;

/// <summary>What a printing leaves on record, and what is refused.</summary>
public sealed class PrintJobsTests : IAsyncLifetime
{
    private const string Actor = "Supervisor sato";

    private FakeCertificateAuthority _authority = null!;
    private TerminalUnderTest _terminal = null!;

    public async Task InitializeAsync()
    {
        _authority = await FakeCertificateAuthority.StartAsync();
        _terminal = new TerminalUnderTest(_authority.Url, "--Printing:MaxUnits=1200");
        await _terminal.PlanAsync(_terminal.Row("3012", 1100, line: "1001"), _terminal.Row("A123", 3));
        await _terminal.RunBatchAsync();
    }

    public async Task DisposeAsync()
    {
        await _terminal.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task DocumentOrBarcodeThatThereIsNot_IsRefused()
    {
        var order = new PrintOrder(RequestId.New().ToString(), (PrintedDocument)7, PlanDate: _terminal.Today);
        Assert.Contains("no document 7", (await Refusals.RefusedAsync(ErrorCode.MalformedRequest, () => OrderAsync(order))).Message, StringComparison.Ordinal);
        order = order with { Document = PrintedDocument.Plate, Barcode = (BarcodeKind)9 };
        Assert.Contains("no barcode 9", (await Refusals.RefusedAsync(ErrorCode.MalformedRequest, () => OrderAsync(order))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_IsOnRecordWithJobHistoryAndAudit()
    {
        var job = await OrderAsync(Batch("3012"));

        Assert.Equal((1100, 0, "2026-11-21 3012", "Roll-70x30", BarcodeKind.Code128), (job.Units, job.Reprints, job.Selection, job.Layout, job.Barcode));
        Assert.Equal(job, Jobs.Find(job.Id));
        Assert.Equal(job, Assert.Single(Jobs.Latest(10)));
        var units = Jobs.UnitsOf(job).ToList();
        Assert.Equal(1100, units.Count);
        Assert.Equal(units.OrderBy(unit => unit.Number).Select(unit => unit.Number), units.Select(unit => unit.Number));
        Assert.All(units, unit => Assert.Equal((_terminal.Today, "1001", 1), (unit.PlanDate, unit.Line, unit.Copy)));
        var happened = Assert.Single(_terminal.Get<UnitHistories>().Find(units[1099].Number).Events, happened => happened.What == "Printed");
        Assert.Equal((Actor, $"Plate, printing {job.Id}"), (happened.Who, happened.Detail));
        var entry = LastAudit();
        Assert.Equal((Actor, "Printed", $"printing {job.Id}"), (entry.Actor, entry.Action, entry.Subject));
        Assert.Contains("1100 units", entry.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondPlate_NeedsAReason_AndIsMarkedAsAReprint()
    {
        await OrderAsync(Units("A123-100001"));

        var refusal = await Refusals.RefusedAsync(ErrorCode.Conflict, () => OrderAsync(Batch("A123")));
        Assert.Contains("1 of the 3 were printed before, such as A123-100001", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(Actor, refusal.Message, StringComparison.Ordinal);
        Assert.Single(Jobs.Latest(10));

        var job = await OrderAsync(Batch("A123") with { ReprintReason = " label printer jammed " });
        Assert.Equal((3, 1, "label printer jammed"), (job.Units, job.Reprints, job.Reason));
        Assert.Equal([2, 1, 1], Jobs.UnitsOf(job).Select(unit => unit.Copy));
        var happened = _terminal.Get<UnitHistories>().Find(MachineNumber.Parse("A123-100001")).Events[^1];
        Assert.Equal(("Reprinted", $"Plate, printing {job.Id}: label printer jammed"), (happened.What, happened.Detail));
        Assert.Equal("Reprinted", LastAudit().Action);
    }

    [Fact]
    public async Task CheckSheet_IsNoReprintOfThePlate()
    {
        await OrderAsync(Units("A123-100001"));

        Assert.Equal(0, (await OrderAsync(Units("A123-100001") with { Document = PrintedDocument.CheckSheet, Language = "ja" })).Reprints);
        Assert.Equal("A123-100001", LastAudit().Subject);
    }

    [Fact]
    public async Task SameIdAgain_IsTheSamePrinting_AndNeverASecondOne()
    {
        var order = Units("A123-100002");
        var first = await OrderAsync(order);

        Assert.Equal(first, await OrderAsync(order));
        await Refusals.RefusedAsync(ErrorCode.RequestIdReused, () => OrderAsync(order with { Barcode = BarcodeKind.Qr }));
        await Refusals.RefusedAsync(ErrorCode.RequestIdReused, () => OrderAsync(order with { Units = ["A123-100003"] }));
        Assert.Single(Jobs.Latest(10));
    }

    [Fact]
    public async Task FetchedPages_AreCountedAndAudited()
    {
        var job = await OrderAsync(Units("A123-100001", "A123-100003"));
        await Jobs.DeliverAsync(job, Actor, "PDF", default);
        await Jobs.DeliverAsync(job, Actor, "PDF", default);

        Assert.Equal(2, Jobs.Find(job.Id).Deliveries);
        Assert.Contains("PDF, time 2", LastAudit().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnitThatIsNotToBeBuilt_IsLeftOutOfABatch_AndRefusedByItsNumber()
    {
        await _terminal.Get<Database>().WriteAsync((connection, transaction) => connection.Execute("UPDATE unit SET state = 'Scrapped' WHERE machine_number = 'A123-100002'", null, transaction), default);

        var refusal = await Refusals.RefusedAsync(ErrorCode.Conflict, () => OrderAsync(Units("A123-100001", "A123-100002")));
        Assert.Contains("A123-100002 is Scrapped", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["A123-100001", "A123-100003"], Jobs.UnitsOf(await OrderAsync(Batch("A123"))).Select(unit => unit.Number.ToString()));
    }

    [Fact]
    public async Task TooManyUnits_AreRefusedWithWhatToDo()
    {
        await _terminal.RestartAsync("--Printing:MaxUnits=1000");

        var refusal = await Refusals.RefusedAsync(ErrorCode.MalformedRequest, () => OrderAsync(Batch("3012")));

        Assert.Contains("1000 are printed at once at the most", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Jobs.Latest(1));
    }

    [Fact]
    public void Look_ChangesNothing()
    {
        var preview = Jobs.Look(Range("3012-100001", "3012-100050"));

        Assert.Equal((50, 0, "3012-100001"), (preview.Job.Units, preview.Job.Reprints, preview.First.Number.ToString()));
        Assert.Empty(Jobs.Latest(1));
        var svg = _terminal.Get<PrintedPages>().DrawPreview(preview);
        Assert.Contains("3012-100001", svg, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ErrorCode.NotFound, "3012-999999", null, null, null, 1, null)]
    [InlineData(ErrorCode.InvalidMachineNumber, "%CMD-REBOOT", null, null, null, 1, null)]
    [InlineData(ErrorCode.MalformedRequest, null, null, null, null, 1, null)]
    [InlineData(ErrorCode.MalformedRequest, "A123-100001", "A123-100001", "A123-100002", null, 1, null)]
    [InlineData(ErrorCode.MalformedRequest, null, "A123-100002", "A123-100001", null, 1, null)]
    [InlineData(ErrorCode.MalformedRequest, null, "A123-100001", "3012-100002", null, 1, null)]
    [InlineData(ErrorCode.InvalidMachineNumber, null, "A123-100001", null, null, 1, null)]
    [InlineData(ErrorCode.MalformedRequest, "A123-100001", null, null, "Letter", 1, null)]
    [InlineData(ErrorCode.MalformedRequest, "A123-100001", null, null, "A4-63x38", 22, null)]
    [InlineData(ErrorCode.MalformedRequest, "A123-100001", null, null, "A4-63x38", 0, null)]
    [InlineData(ErrorCode.MalformedRequest, "A123-100001", null, null, null, 1, "fr")]
    public async Task WrongOrder_IsRefusedAndLeavesNoTrace(ErrorCode code, string? unit, string? first, string? last, string? layout, int start, string? language)
    {
        var order = new PrintOrder(RequestId.New().ToString(), PrintedDocument.Plate, unit is null ? null : [unit], First: first, Last: last, Layout: layout, Start: start, Language: language);

        await Refusals.RefusedAsync(code, () => OrderAsync(order));
        Assert.Empty(Jobs.Latest(1));
    }

    private PrintJobs Jobs => _terminal.Get<PrintJobs>();

    private Task<PrintJob> OrderAsync(PrintOrder order) => Jobs.OrderAsync(order, Actor, default);

    private PrintOrder Batch(string model) => new(RequestId.New().ToString(), PrintedDocument.Plate, PlanDate: _terminal.Today, Model: model);

    private static PrintOrder Units(params string[] numbers) => new(RequestId.New().ToString(), PrintedDocument.Plate, numbers);

    private static PrintOrder Range(string first, string last) => new(RequestId.New().ToString(), PrintedDocument.Plate, First: first, Last: last);

    private AuditEvent LastAudit() => _terminal.Get<AuditReader>().Find(new AuditFilter(null, null, null, null, null), long.MaxValue, 1).Single();
}
