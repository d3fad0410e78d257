using System.CommandLine;
using System.Globalization;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.Control.Terminal;

/// <summary><c>stationctl terminal plan</c>: the production plan, its pulls, and what waits for a decision (P-5).</summary>
internal static class PlanCommands
{
    private const string Route = "api/plan";
    private const int MaxBytes = 4 * 1024 * 1024; // what the terminal takes

    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("plan", "The production plan: how many units of which model are built on which day.")
    {
        Show(),
        Pull(),
        Import(),
        Differences(),
        Decide("confirm", "Makes a plan that waits the plan; the batch then changes what is issued. Rows that are bad are left out.", "Confirm"),
        Decide("discard", "Puts aside a plan that waits; the earlier one stays.", "Discard"),
        History(),
    };

    private static Command Show()
    {
        var month = Month("The month, yyyy-MM; the factory's current one where it is left out.");
        return new Command("show", "Shows a month's plan, when it was pulled, and when the next pull is.") { month }
            .WithExamples("stationctl terminal plan show", "stationctl terminal plan show --month 2026-12 --json")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var plan = await terminal.Client.GetAsync<PlanStatus>(ApiPath.Of(Route).With("month", parsed.GetValue(month)).ToString(), cancellationToken);
                terminal.Print(plan, PlanOutput.Print);
                return ExitCode.Ok;
            });
    }

    private static Command Pull()
    {
        var month = Month("The month, yyyy-MM; the factory's current one where it is left out.");
        return new Command("pull", "Asks the plan's source now. Exit code 6: what came waits for a decision.") { month }
            .WithExamples("stationctl terminal plan pull", "stationctl terminal plan pull --month 2026-12")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var pull = await terminal.Client.PostAsync<PulledPlan>($"{Route}/pull", new PlanPullOrder(parsed.GetValue(month)), cancellationToken);
                terminal.Print(pull, PlanOutput.Print);
                return CodeOf(pull);
            });
    }

    private static Command Import()
    {
        var file = new Argument<string>("file") { Description = "The plan, CSV or JSON; its name ends with .csv or .json." };
        var month = Month("The month, yyyy-MM, where neither the file's name nor its rows are to say it.");
        var dryRun = new Option<bool>(Consent.DryRunOption) { Description = "Only say what would become of it." };
        return new Command("import", "Takes a plan from a file. What is safe holds at once; bad rows and changes of days that are issued wait for a decision (exit code 6).") { file, month, dryRun }
            .WithExamples("stationctl terminal plan import plan-2026-12.csv --dry-run", "stationctl terminal plan import plan-2026-12.csv --json")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var name = parsed.GetValue(file)!;
                var path = ApiPath.Of(Route, "import").With("name", Path.GetFileName(name)).With("month", parsed.GetValue(month)).With("dryRun", parsed.GetValue(dryRun) ? "true" : null);
                var type = name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? "application/json" : "text/csv";
                var result = await terminal.Client.UploadAsync<PullResult>(path.ToString(), Read(name), type, cancellationToken);
                terminal.Print(result, PlanOutput.Print);
                return CodeOf(result.Pull);
            });
    }

    private static Command Differences() => new Command("differences", "Shows what waits for a decision: bad rows, and how the plan would change, against what is issued.")
        .WithExamples("stationctl terminal plan differences", "stationctl terminal plan differences --json")
        .TalksToTerminal(async (terminal, _, cancellationToken) =>
        {
            var waiting = await terminal.Client.GetAsync<IReadOnlyList<PullResult>>($"{Route}/differences", cancellationToken);
            terminal.Print(waiting, static results =>
            {
                foreach (var result in results)
                    PlanOutput.Print(result);
                if (results.Count == 0)
                    Console.WriteLine("Nothing waits for a decision.");
            });
            return ExitCode.Ok;
        });

    private static Command Decide(string name, string description, string verb)
    {
        var id = new Argument<long>("pull") { Description = "The number of the pull that waits: stationctl terminal plan differences shows it." };
        return new Command(name, description) { id }
            .WithConsent()
            .WithExamples($"stationctl terminal plan {name} 12 --dry-run", $"stationctl terminal plan {name} 12 --yes")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var pull = parsed.GetValue(id).ToString(CultureInfo.InvariantCulture);
                var path = ApiPath.Of(Route, "pulls", pull).ToString();
                PullResult result;
                if (parsed.IsDryRun())
                {
                    result = await terminal.Client.GetAsync<PullResult>(path, cancellationToken);
                }
                else
                {
                    Consent.Require(parsed, $"{verb} pull {pull} of the plan");
                    result = await terminal.Client.PostAsync<PullResult>($"{path}/{name}", null, cancellationToken);
                }

                terminal.Print(result, PlanOutput.Print);
                return ExitCode.Ok;
            });
    }

    private static Command History()
    {
        var limit = new Option<int>("--limit") { Description = "How many at the most: 1 to 1000.", DefaultValueFactory = _ => 50 };
        var before = new Option<long?>("--before") { Description = "Only before the pull of this number: the last one of the list before.", HelpName = "PULL" };
        return new Command("history", "Lists pulls of the plan, the latest first.") { limit, before }
            .WithExamples("stationctl terminal plan history", "stationctl terminal plan history --before 120 --json")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var path = ApiPath.Of(Route, "pulls").With("limit", parsed.GetValue(limit)).With("before", parsed.GetValue(before));
                terminal.Print(await terminal.Client.GetAsync<IReadOnlyList<PulledPlan>>(path.ToString(), cancellationToken), PlanOutput.Print);
                return ExitCode.Ok;
            });
    }

    private static Option<string?> Month(string description) => new("--month") { Description = description, HelpName = "MONTH" };

    private static ExitCode CodeOf(PulledPlan pull) => pull.Outcome == PlanOutcome.Waiting ? ExitCode.Partly : ExitCode.Ok;

    private static byte[] Read(string file)
    {
        using var source = File.OpenRead(file);
        var buffer = new byte[MaxBytes + 1];
        var length = source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return length <= MaxBytes ? buffer[..length] : throw new ConfigurationException($"{file} is larger than {MaxBytes} bytes; that is no plan.");
    }
}
