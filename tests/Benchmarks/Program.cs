using System.CommandLine;
using ProvisioningStation.Benchmarks;
using ProvisioningStation.Benchmarks.Issue;
using ProvisioningStation.Benchmarks.Scale;
using ProvisioningStation.Benchmarks.Scan;
using ProvisioningStation.Benchmarks.Terminal;

var json = new Option<string?>("--json") { Description = "Also write the figures to this file.", Recursive = true };
var count = new Option<int>("--count") { Description = "Packs in one batch.", DefaultValueFactory = _ => 10_000 };
var rounds = new Option<int>("--rounds") { Description = "Batches measured; the median counts.", DefaultValueFactory = _ => 5 };
var issue = new Command("issue", "One batch of certificate packs, from the terminal's side: keys made, signed, stored durably by CA and terminal.") { count, rounds };
issue.SetAction((parsed, cancellationToken) => ReportAsync(parsed, "issue", figures => IssueBenchmark.RunAsync(parsed.GetValue(count), parsed.GetValue(rounds), figures, cancellationToken)));
var stages = new Command("issue-stages", "The CA's own share of issue, stage by stage.");
stages.SetAction((_, _) => AuthorityRate.RunAsync(10_000, 4));
var units = new Option<int>("--units") { Description = "Units measured for each number of lines.", DefaultValueFactory = _ => 160 };
var scan = new Command("scan", "From the scan's last byte to the verdict, 1 and 16 lines side by side, boards that write at once.") { units };
scan.SetAction((parsed, cancellationToken) => ReportAsync(parsed, "scan", figures => ScanBenchmark.RunAsync(parsed.GetValue(units), figures, cancellationToken)));
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

return await new RootCommand("Every stated speed of ProvisioningStation, measured.") { json, issue, stages, scan, scale, terminal }.Parse(args).InvokeAsync();

async Task ReportAsync(ParseResult parsed, string title, Func<Figures, Task> measureAsync)
{
    var figures = new Figures();
    await measureAsync(figures);
    figures.Print(title);
    if (parsed.GetValue(json) is { } file)
        figures.Write(file);
}
