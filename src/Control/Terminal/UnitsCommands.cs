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
    public static Command Create() => new("units", "Units: what the plan has numbered, and what became of each.") { List(), Show() };

    private static Command List()
    {
        var state = new Option<UnitState?>("--state") { Description = $"Only in this state: {string.Join(", ", Enum.GetNames<UnitState>())}." };
        var model = new Option<string?>("--model") { Description = "Only of this model." };
        var after = new Option<string?>("--after") { Description = "Only behind this machine number: the last one of the list before.", HelpName = "NUMBER" };
        var limit = new Option<int>("--limit") { Description = "How many at the most: 1 to 1000.", DefaultValueFactory = _ => 50 };
        return new Command("list", "Lists units in ascending order of machine number, the first 50.") { state, model, after, limit }
            .WithExamples("stationctl terminal units list --state Blocked", "stationctl terminal units list --model 3012 --after 3012-100050 --json")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                if (parsed.GetValue(limit) is < 1 or > 1000)
                    throw new ConfigurationException("--limit has to be 1 to 1000.");
                var path = ApiPath.Of(Route).With("state", parsed.GetValue(state)).With("model", parsed.GetValue(model)).With("after", parsed.GetValue(after)).With("limit", parsed.GetValue(limit));
                var found = await terminal.Client.GetAsync<IReadOnlyList<UnitSummary>>(path.ToString(), cancellationToken);
                terminal.Print(found, Print);
                if (found.Count == parsed.GetValue(limit) && !terminal.Json)
                    Console.WriteLine($"The first {found.Count}; go on with --after {found[^1].MachineNumber}.");
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
        var table = new OutputTable("Machine number", "State", ">Attempt", "Line", "Written at", "Certificate (SHA-256)");
        foreach (var unit in units)
            table.Add(unit.MachineNumber, unit.State, unit.Attempt, unit.Line, unit.WrittenAt, Shortened(unit.CertificateFingerprint));
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
            certificates.Add(one.Attempt, one.SerialNumber, Shortened(one.Fingerprint), one.NotAfter, one.StoredAt, one.ReceivedAt, one.Outcome, one.HasKey ? "kept, encrypted" : "deleted");
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
