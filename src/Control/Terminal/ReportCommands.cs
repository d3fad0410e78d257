using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Control.Terminal;

/// <summary><c>stationctl terminal report</c>: the signed reports of each day (P-31).</summary>
internal static class ReportCommands
{
    private const string Route = "api/reports";

    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("report", "Signed reports of each day: planned = proved + scrapped + outstanding.") { List(), Show(), Export(), Verify() };

    private static Command List() => new Command("list", "Lists all reports, the latest day first.")
        .WithExamples("stationctl terminal report list", "stationctl terminal report list --json")
        .TalksToTerminal(async (terminal, _, cancellationToken) =>
        {
            var found = await terminal.Client.GetPagesAsync<DayReportSummary>(ApiPath.Of(Route), cancellationToken).ToListAsync(cancellationToken);
            terminal.Print(found, reports =>
            {
                var table = new OutputTable("Day", ">Version", "Made at", "SHA-256", "Corrected");
                foreach (var one in reports)
                    table.Add(one.Date, one.Version, one.MadeAt, one.Sha256, one.IsLatest ? null : "by a later version");
                table.Print("No reports yet: the first is made when its day is over.");
            });
            return ExitCode.Ok;
        });

    private static Command Show()
    {
        var (day, version) = Which();
        return new Command("show", "Shows one report.") { day, version }
            .WithExamples("stationctl terminal report show 2026-11-20", "stationctl terminal report show 2026-11-20 --report-version 1 --json")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var signed = await GetAsync(terminal, parsed.GetValue(day)!, parsed.GetValue(version), cancellationToken);
                terminal.Print(JsonSerializer.Deserialize<DayReport>(signed.Content, JsonForm.Options)!, Print);
                return ExitCode.Ok;
            });
    }

    private static Command Export()
    {
        var (day, version) = Which();
        var directory = new Option<string>("--directory") { Description = "Where to; made if it is not there. Existing files are not overwritten.", HelpName = "DIR", DefaultValueFactory = _ => "." };
        return new Command("export", "Writes a report with its signature and certificate: .json, .sig and .pem, which openssl verifies without this program.") { day, version, directory }
            .WithExamples("stationctl terminal report export 2026-11-20 --directory reports")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var signed = await GetAsync(terminal, parsed.GetValue(day)!, parsed.GetValue(version), cancellationToken);
                var name = Path.Combine(Directory.CreateDirectory(parsed.GetValue(directory)!).FullName, $"report-{signed.Date:yyyy-MM-dd}-{signed.Version}");
                await WriteAsync(name + ".json", signed.Content, cancellationToken);
                await WriteAsync(name + ".sig", signed.Signature, cancellationToken);
                await WriteAsync(name + ".pem", System.Text.Encoding.ASCII.GetBytes(signed.Certificate), cancellationToken);
                terminal.Print(new { name, signed.Sha256 }, written => Console.WriteLine($"{written.name}.json, .sig, .pem\nopenssl x509 -in {written.name}.pem -noout -pubkey > key.pem && openssl dgst -sha256 -verify key.pem -signature {written.name}.sig {written.name}.json"));
                return ExitCode.Ok;
            });
    }

    private static Command Verify() =>
        new Command(
            "verify",
            "Checks the signature of every report here, and has the terminal compare its records with them: a recorded step or a unit that was changed or removed shows. Exit code 5 then.")
            .WithExamples("stationctl terminal report verify", "stationctl terminal report verify --json")
            .TalksToTerminal(async (terminal, _, cancellationToken) =>
            {
                var check = await CheckAsync(terminal, cancellationToken);
                terminal.Print(check, Print);
                return check.Findings.Count == 0 ? ExitCode.Ok : ExitCode.Conflict;
            });

    /// <summary>Every report's signature, checked here, and what the terminal finds in its records.</summary>
    internal static async Task<ReportCheck> CheckAsync(PartSession terminal, CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        await foreach (var one in terminal.Client.GetPagesAsync<DayReportSummary>(ApiPath.Of(Route), cancellationToken))
        {
            var signed = await GetAsync(terminal, one.Date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), one.Version, cancellationToken);
            if (FindProblem(signed, terminal.Root) is { } problem)
                findings.Add($"Report {one.Date:yyyy-MM-dd}, version {one.Version} is not to be believed: {problem}.");
        }

        var check = await terminal.Client.GetAsync<ReportCheck>($"{Route}/check", cancellationToken);
        return check with { Findings = [.. findings.Concat(check.Findings).Distinct(StringComparer.Ordinal)] };
    }

    /// <summary>Prints a check's result.</summary>
    internal static void Print(ReportCheck check)
    {
        Console.WriteLine($"{check.Reports} reports and {check.Events} recorded steps of units compared.");
        foreach (var finding in check.Findings)
            Console.WriteLine(finding);
        Console.WriteLine(check.Findings.Count == 0 ? "The records are as the reports say." : "The records are NOT as the reports say.");
    }

    private static string? FindProblem(SignedDayReport signed, X509Certificate2 root) =>
        CheckpointSeal.FindProblem(signed.Content, signed.Signature, signed.Certificate, signed.MadeAt, root, Role.CommunicationTerminal);

    private static async Task WriteAsync(string file, byte[] content, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
        await stream.WriteAsync(content, cancellationToken);
    }

    private static Task<SignedDayReport> GetAsync(PartSession terminal, string day, int? version, CancellationToken cancellationToken) =>
        terminal.Client.GetAsync<SignedDayReport>(ApiPath.Of(Route, day).With("version", version).ToString(), cancellationToken);

    private static (Argument<string> Day, Option<int?> Version) Which() => (
        new Argument<string>("day") { Description = "The day of the plan, such as 2026-11-20." },
        new Option<int?>("--report-version") { Description = "Which version; the latest without it.", HelpName = "N" });

    private static void Print(DayReport report)
    {
        Console.WriteLine($"{report.Date:yyyy-MM-dd} ({report.TimeZone}), factory {report.Factory}, version {report.Version}, made {OutputTable.Text(report.MadeAt)}");
        var models = new OutputTable("Model", ">Planned", ">Proved", ">Scrapped", ">Outstanding", ">Withdrawn", ">Purged", ">In plan", ">Attempts", ">Failures");
        foreach (var one in report.Models)
            models.Add(one.Model, one.Planned, one.Proved, one.Scrapped, one.Outstanding, one.Withdrawn, one.Purged, one.InPlan, one.Attempts, one.Failures);
        models.Print("No units were planned for this day.");
        var lines = new OutputTable("Line", ">Written", ">Proved", ">Failures");
        foreach (var one in report.Lines)
            lines.Add(one.Line, one.Written, one.Proved, one.Failures);
        lines.Print("No line worked.");
        Console.WriteLine($"{report.Units.Count} units: {report.Units.Sha256}\n{report.Events.Count} recorded steps ({report.Events.After + 1} to {report.Events.Until}): {report.Events.Sha256}");
        foreach (var discrepancy in report.Discrepancies)
            Console.WriteLine("Does not add up: " + discrepancy);
    }
}
