using System.CommandLine;
using ProvisioningStation.Benchmarks;
using ProvisioningStation.Benchmarks.Firmware;
using ProvisioningStation.Benchmarks.Issue;
using ProvisioningStation.Benchmarks.LineDay;
using ProvisioningStation.Benchmarks.Scale;
using ProvisioningStation.Benchmarks.Scan;
using ProvisioningStation.Benchmarks.Terminal;
using ProvisioningStation.Hosting;

// What benchmark firmware starts as processes of their own.
if (args is [BenchmarkBoard.Command, .. var board])
    return await ProgramHost.RunAsync("Board", BenchmarkBoard.Build, board);
if (args is [ImageSender.Command, var data])
    return await ImageSender.RunAsync(data);

var json = new Option<string?>("--json") { Description = "Also write the figures to this file.", Recursive = true };
var count = new Option<int>("--count") { Description = "Packs in one batch.", DefaultValueFactory = _ => 10_000 };
var rounds = new Option<int>("--rounds") { Description = "Batches measured; the median counts.", DefaultValueFactory = _ => 5 };
var issue = new Command("issue", "One batch of certificate packs, from the terminal's side: keys made, signed, stored durably by CA and terminal.") { count, rounds };
issue.SetAction((parsed, cancellationToken) => ReportAsync(parsed, "issue", figures => IssueBenchmark.RunAsync(parsed.GetValue(count), parsed.GetValue(rounds), figures, cancellationToken)));
var stages = new Command("issue-stages", "The CA's own share of issue, stage by stage.");
stages.SetAction((_, _) => AuthorityRate.RunAsync(10_000, 4));
var units = new Option<int>("--units") { Description = "Units measured for each number of lines.", DefaultValueFactory = _ => 256 };
var scan = new Command("scan", "From the scan's last byte to the verdict, 1, 16 and 64 lines side by side, boards that write at once; and the parts of it.") { units };
scan.SetAction((parsed, cancellationToken) => ReportAsync(parsed, "scan", figures => ScanBenchmark.RunAsync(parsed.GetValue(units), figures, cancellationToken)));
var dayUnits = new Option<int>("--units") { Description = "Units built.", DefaultValueFactory = _ => 10_000 };
var lines = new Option<int>("--lines") { Description = "Lines that build them.", DefaultValueFactory = _ => 16 };
var processes = new Option<int>("--processes") { Description = "Stations that run as processes of their own, the others in the benchmark's.", DefaultValueFactory = _ => 16 };
var lineDay = new Command("line-day", "A day's units on sixteen lines, one after the other as fast as they can; what terminal, boards and CA know of them is compared.") { dayUnits, lines, processes };
lineDay.SetAction((parsed, cancellationToken) => ReportAsync(
    parsed,
    "line-day",
    figures => LineDayBenchmark.RunAsync(parsed.GetValue(dayUnits), parsed.GetValue(lines), parsed.GetValue(processes), figures, cancellationToken)));
var rows = new Option<long>("--rows") { Description = "Certificates in the store that is searched and started with; 0 leaves that part out.", DefaultValueFactory = _ => 1_000_000 };
var storeOnly = new Option<bool>("--store-only") { Description = "Only the part with the full store." };
var scale = new Command("ca-scale", "The CA with many certificates: revocation, a CRL with 10,000 entries, OCSP; start, lookup, list and memory with a full store.") { rows, storeOnly };
scale.SetAction((parsed, cancellationToken) => ReportAsync(parsed, "ca-scale", async figures =>
{
    if (!parsed.GetValue(storeOnly))
        await RevocationRates.RunAsync(figures, cancellationToken);
    if (parsed.GetValue(rows) is > 0 and var filled)
        await StoreScale.RunAsync(filled, figures, cancellationToken);
}));
var only = new Option<string[]>("--only") { Description = $"Only these parts: {string.Join(", ", TerminalBenchmark.Names)}.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var terminal = new Command("terminal", "The communication terminal: intake of a day's packs, what stations wait for one.") { only };
terminal.SetAction((parsed, cancellationToken) => ReportAsync(parsed, "terminal", figures => TerminalBenchmark.RunAsync(parsed.GetValue(only)!, figures, cancellationToken)));
var onlyFirmware = new Option<string[]>("--only") { Description = $"Only these parts: {string.Join(", ", FirmwareBenchmark.Names)}.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var firmware = new Command("firmware", "Firmware updates: what a transfer takes, beside lftp and vsftpd in the same run.") { onlyFirmware };
firmware.SetAction((parsed, cancellationToken) => ReportAsync(parsed, "firmware", figures => FirmwareBenchmark.RunAsync(parsed.GetValue(onlyFirmware)!, figures, cancellationToken)));

return await new RootCommand("Every stated speed of ProvisioningStation, measured.") { json, issue, stages, scan, lineDay, scale, terminal, firmware }.Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) }); // Ctrl-C: what was started is ended, and its directories removed

async Task ReportAsync(ParseResult parsed, string title, Func<Figures, Task> measureAsync)
{
    var figures = new Figures();
    await measureAsync(figures);
    figures.Print(title);
    if (parsed.GetValue(json) is { } file)
        figures.Write(file);
}
