using System.CommandLine;
using System.Globalization;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Control.Terminal;

/// <summary><c>stationctl terminal print</c> and <c>printings</c>: rating plates and check sheets as PDF (P-33).</summary>
internal static class PrintCommands
{
    private const string Route = "api/print";
    private const string PdfType = "application/pdf";

    private static readonly Option<string[]> Unit = new("--unit")
    {
        Description = "These units, by machine number.", HelpName = "NUMBER", AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Batch = new("--batch") { Description = "All units of this day's plan, such as 2026-12-01.", HelpName = "DATE" };
    private static readonly Option<string?> Model = new("--model") { Description = "With --batch: only of this model." };
    private static readonly Option<string?> First = new("--first") { Description = "The first machine number of a range.", HelpName = "NUMBER" };
    private static readonly Option<string?> Last = new("--last") { Description = "The last machine number of a range.", HelpName = "NUMBER" };

    private static readonly Option<PrintedDocument> Document = new("--document") { Description = "Plate (default) or CheckSheet.", DefaultValueFactory = _ => PrintedDocument.Plate };
    private static readonly Option<BarcodeKind?> Barcode = new("--barcode") { Description = "Code128, Code39 or Qr; the terminal's own setting by default." };
    private static readonly Option<string?> Layout = new("--layout") { Description = "Where the plates stand on the paper; the terminal's first layout by default.", HelpName = "NAME" };
    private static readonly Option<int> Start = new("--start") { Description = "The place of the first plate on a sheet of labels that is half used.", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> Language = new("--language") { Description = "Of check sheets: ja or en (default)." };
    private static readonly Option<string?> Reprint = new("--reprint") { Description = "Print units that were printed before again, for this reason.", HelpName = "REASON" };
    private static readonly Option<string?> Out = new("--out") { Description = "The PDF to write; it must not exist.", HelpName = "FILE" };
    private static readonly Option<bool> DryRun = new(Consent.DryRunOption) { Description = "Only say what would be printed." };

    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create() => [Print(), new Command("printings", "What was printed, by whom, how often.") { List(), Fetch() }];

    private static Command Print() => new Command("print", "Prints rating plates or check sheets to a PDF. A unit that was printed before is printed again only with --reprint.")
    {
        Unit, Batch, Model, First, Last, Document, Barcode, Layout, Start, Language, Reprint, Out, DryRun,
    }
    .WithExamples(
        "stationctl terminal print --unit 3012-100001 --out plate.pdf",
        "stationctl terminal print --batch 2026-12-01 --model 3012 --layout A4-63x38 --start 5 --out plates.pdf",
        "stationctl terminal print --batch 2026-12-01 --document CheckSheet --language ja --dry-run",
        "stationctl terminal print --first 3012-100001 --last 3012-100020 --reprint \"labels torn\" --out plates.pdf")
    .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
    {
        var order = ReadOrder(parsed);
        if (parsed.IsDryRun())
        {
            var would = await terminal.Client.PostAsync<PrintJob>(Route + "/look", order, cancellationToken);
            terminal.Print(would, job => Console.WriteLine($"Would print {Describe(job)}{(job.Reprints > 0 ? $"; {job.Reprints} of them were printed before" : string.Empty)}."));
            return ExitCode.Ok;
        }

        var file = parsed.GetValue(Out) ?? throw new ConfigurationException("Where to? Say --out FILE, or --dry-run to see what would be printed.");
        await WriteAsync(file, async target =>
        {
            var job = await terminal.Client.PostAsync<PrintJob>(Route, order, cancellationToken);
            await terminal.Client.DownloadAsync(ApiPath.Of(Route, job.Id, "pdf").ToString(), PdfType, target, cancellationToken);
            terminal.Print(job, done => Console.WriteLine($"Printed {Describe(done)} to {file}. Again: stationctl terminal printings fetch {done.Id} --out FILE"));
        });
        return ExitCode.Ok;
    });

    private static Command List()
    {
        var limit = new Option<int>("--limit") { Description = "How many at the most: 1 to 200.", DefaultValueFactory = _ => 50 };
        return new Command("list", "Lists the latest printings, newest first.") { limit }
            .WithExamples("stationctl terminal printings list", "stationctl terminal printings list --limit 5 --json")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                terminal.Print(await terminal.Client.GetAsync<IReadOnlyList<PrintJob>>(ApiPath.Of(Route).With("limit", parsed.GetValue(limit)).ToString(), cancellationToken), jobs =>
                {
                    var table = new OutputTable("Printed at", "By", "What", "Units", ">Count", ">Reprints", "Reason", ">Fetched", "Id");
                    foreach (var job in jobs)
                        table.Add(job.At, job.Who, job.Document, job.Selection, job.Units, job.Reprints, job.Reason, job.Deliveries, job.Id);
                    table.Print("Nothing was printed yet.");
                });
                return ExitCode.Ok;
            });
    }

    private static Command Fetch()
    {
        var id = new Argument<string>("id") { Description = "The printing's id, from stationctl terminal printings list." };
        var target = new Option<string>("--out") { Description = "The PDF to write; it must not exist.", HelpName = "FILE", Required = true };
        return new Command("fetch", "Fetches the pages of a printing once more, as they were: for a download that broke off. The terminal counts it.") { id, target }
            .WithExamples("stationctl terminal printings fetch 0199aa00-0000-7000-8000-000000000000 --out plates.pdf")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var path = ApiPath.Of(Route, parsed.GetValue(id)!, "pdf").ToString();
                await WriteAsync(parsed.GetValue(target)!, file => terminal.Client.DownloadAsync(path, PdfType, file, cancellationToken));
                return ExitCode.Ok;
            });
    }

    private static PrintOrder ReadOrder(ParseResult parsed)
    {
        var units = parsed.GetValue(Unit);
        return new PrintOrder(
            RequestId.New().ToString(),
            parsed.GetValue(Document),
            units is { Length: > 0 } ? units : null,
            ReadDay(parsed.GetValue(Batch)),
            parsed.GetValue(Model),
            parsed.GetValue(First),
            parsed.GetValue(Last),
            parsed.GetValue(Barcode),
            parsed.GetValue(Layout),
            parsed.GetValue(Start),
            parsed.GetValue(Language),
            parsed.GetValue(Reprint));
    }

    private static DateOnly? ReadDay(string? text) => text is null ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw new ConfigurationException($"--batch is '{text}'. Expected a day such as 2026-12-01.");

    /// <summary>Opens the file before anything is ordered; what could not be written whole does not stay.</summary>
    private static async Task WriteAsync(string file, Func<Stream, Task> write)
    {
        await using var target = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
        try
        {
            await write(target);
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    private static string Describe(PrintJob job) =>
        $"{job.Units} {(job.Document == PrintedDocument.Plate ? "plates" : "check sheets")} ({job.Selection}, {job.Barcode}{(job.Layout is { } layout ? ", layout " + layout : string.Empty)})";
}
