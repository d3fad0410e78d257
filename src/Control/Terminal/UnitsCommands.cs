using System.CommandLine;
using ProvisioningStation.Control.CertificateAuthority;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Control.Terminal;

/// <summary><c>stationctl terminal units</c>: units at the terminal and their whole history (P-31).</summary>
internal static class UnitsCommands
{
    private const string Route = "api/units";

    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("units", "Units: what the plan has numbered, and what became of each.") { List(), Show(), Export() };

    private static Command List()
    {
        var filter = new UnitFilterOptions();
        var limit = new Option<int>("--limit") { Description = "How many at the most.", DefaultValueFactory = _ => 50 };
        var command = new Command("list", "Searches units, the first 50; export writes all of them.") { limit };
        return filter.AddTo(command)
            .WithExamples("stationctl terminal units list --state Blocked", "stationctl terminal units list --prefix 3012-1000 --line 1001 --json", "stationctl terminal units list --plan-from 2026-11-01 --plan-to 2026-11-21 --state Stored")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var wanted = parsed.GetValue(limit) is >= 1 and var number ? number : throw new ConfigurationException("--limit has to be 1 or more.");
                var path = filter.On(ApiPath.Of(Route), parsed).With("limit", Math.Min(wanted, 1000));
                var found = await terminal.Client.GetPagesAsync<UnitSummary>(path, cancellationToken).Take(wanted).ToListAsync(cancellationToken);
                terminal.Print(found, Print);
                if (found.Count == wanted && !terminal.Json)
                    Console.WriteLine($"The first {wanted}; more with --limit, all as CSV with export.");
                return ExitCode.Ok;
            });
    }

    private static Command Export()
    {
        var filter = new UnitFilterOptions();
        var output = new Option<string?>("--output", "--file") { Description = "Where to; standard output by default. An existing file is not overwritten.", HelpName = "FILE" };
        var bom = new Option<bool>("--bom") { Description = "Begin with a byte order mark: spreadsheets then take the file for what it is, UTF-8." };
        var command = new Command("export", "Writes units as CSV, however many there are. A cell that a spreadsheet would take for a formula has an apostrophe before it.") { output, bom };
        return filter.AddTo(command)
            .WithExamples("stationctl terminal units export --plan-from 2026-11-01 --plan-to 2026-11-30 --bom --output november.csv", "stationctl terminal units export --state Scrapped > scrapped.csv")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var path = filter.On(ApiPath.Of(Route + ".csv"), parsed).With("bom", parsed.GetValue(bom) ? "true" : null).ToString();
                await using Stream target = parsed.GetValue(output) is { } file and not "-" ? new FileStream(file, FileMode.CreateNew, FileAccess.Write) : Console.OpenStandardOutput();
                await terminal.Client.DownloadAsync(path, "text/csv", target, cancellationToken);
                return ExitCode.Ok;
            });
    }

    private static Command Show()
    {
        var number = new Argument<string>("number") { Description = "The machine number, such as 3012-100001." };
        return new Command("show", "Shows everything on record of one unit: state, certificates, every step, every decision.") { number }
            .WithExamples("stationctl terminal units show 3012-100001", "stationctl terminal units show 3012-100001 --context plant7-terminal --json")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                terminal.Print(await terminal.Client.GetAsync<UnitHistory>(ApiPath.Of(Route, parsed.GetValue(number)!).ToString(), cancellationToken), Print);
                return ExitCode.Ok;
            });
    }

    /// <summary>Prints units as a table.</summary>
    internal static void Print(IReadOnlyList<UnitSummary> units)
    {
        var table = new OutputTable("Machine number", "Day", "State", ">Attempt", "Line", "Written at", "Certificate (SHA-256)");
        foreach (var unit in units)
            table.Add(unit.MachineNumber, unit.PlanDate, unit.State, unit.Attempt, unit.Line, unit.WrittenAt, Shortened(unit.CertificateFingerprint));
        table.Print("No units.");
    }

    private static void Print(UnitHistory unit)
    {
        var fields = new OutputTable("Field", "Value");
        fields.Add("Machine number", unit.MachineNumber);
        fields.Add("Model", unit.Model);
        fields.Add("State", unit.State);
        fields.Add("Day of the plan", unit.PlanDate);
        fields.Add("Line of the plan", unit.PlanLine);
        fields.Add("Line", unit.Line);
        fields.Add("Certificate ordered", unit.IssuedAtScan ? "at its scan" : "with the day's batch");
        fields.Add("Stored at", unit.StoredAt);
        fields.Add("Written at", unit.WrittenAt);
        fields.Add("Proved at", unit.ProvedAt);
        fields.Add("Firmware", unit.FirmwareVersion);
        fields.Print(string.Empty);

        var certificates = new OutputTable(">Attempt", "Serial number", "SHA-256", "Valid until", "Stored at", "Received at", "Outcome", "Key");
        foreach (var one in unit.Certificates)
            certificates.Add(one.Attempt, one.SerialNumber, Shortened(one.Fingerprint), one.NotAfter, one.StoredAt, one.ReceivedAt, one.Outcome, one.Key switch { KeyPlace.InStore => "in store, encrypted", KeyPlace.Deleted => "deleted", _ => "on the board only" });
        certificates.Print("No certificates.");

        var events = new OutputTable("At", "What", "Who", "Line", ">Attempt", "Detail");
        foreach (var one in unit.Events)
            events.Add(one.At, one.What, one.Who, one.Line, one.Attempt, one.Detail);
        events.Print("No events.");
        if (unit.Decisions.Count > 0)
            HistoryTable.Print(unit.Decisions);
    }

    private static string? Shortened(string? fingerprint) => fingerprint is { Length: > 16 } ? fingerprint[..16] + "…" : fingerprint;
}
