using System.CommandLine;
using System.Globalization;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca quotas</c>: what a factory may be given; one person proposes, another decides (P-30).</summary>
internal static class QuotaCommands
{
    private const string Route = "api/quotas";

    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("quotas", "What a factory may be given: one person proposes, another decides.")
    {
        List(),
        Show(),
        Propose(),
        Decide("approve", "Approves a proposed quota: as approver, and not who proposed it.", noteRequired: false, "stationctl ca quotas approve 12 --as approver"),
        Decide("reject", "Rejects a proposed quota, with the reason.", noteRequired: true, "stationctl ca quotas reject 12 --note \"twice the plan\" --as approver"),
        Decide("withdraw", "Takes a quota back: what is used stays used, nothing more is issued on it.", noteRequired: true, "stationctl ca quotas withdraw 12 --note \"order cancelled\" --yes").WithConsent(),
    };

    private static Command List()
    {
        var factory = new Option<string?>("--factory") { Description = "Only of this factory." };
        var model = new Option<string?>("--model") { Description = "Only for this model." };
        var state = new Option<QuotaState?>("--state") { Description = $"Only of this state: {string.Join(", ", Enum.GetNames<QuotaState>())}." };
        var active = new Option<string?>("--active") { Description = "Only those whose period covers this day.", HelpName = "yyyy-MM-dd" };
        var command = new Command("list", "Lists quotas, the newest first, with what is used and left.") { factory, model, state, active };
        return command
            .WithExamples("stationctl ca quotas list --state Proposed", "stationctl ca quotas list --factory F1 --model 3012 --active 2026-11-21 --json")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var path = ApiPath.Of(Route)
                    .With("factory", parsed.GetValue(factory))
                    .With("model", parsed.GetValue(model))
                    .With("state", parsed.GetValue(state))
                    .With("active", parsed.GetValue(active));
                var quotas = new List<Quota>();
                await foreach (var quota in ca.Client.GetPagesAsync<Quota>(path, cancellationToken))
                    quotas.Add(quota);
                ca.Print(quotas, Print);
                return ExitCode.Ok;
            });
    }

    private static Command Show()
    {
        var id = new Argument<long>("id") { Description = "The quota's number." };
        return new Command("show", "Shows one quota.") { id }
            .WithExamples("stationctl ca quotas show 12")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                ca.Print(await ca.Client.GetAsync<Quota>(ApiPath.Of(Route, parsed.GetValue(id)).ToString(), cancellationToken), Print);
                return ExitCode.Ok;
            });
    }

    private static Command Propose()
    {
        var factory = new Option<string>("--factory") { Description = "The factory: the name of its communication terminal.", Required = true };
        var model = new Option<string>("--model") { Description = "The model code.", Required = true };
        var from = new Option<string>("--from") { Description = "The first day, UTC.", Required = true, HelpName = "yyyy-MM-dd" };
        var to = new Option<string>("--to") { Description = "The last day, UTC.", Required = true, HelpName = "yyyy-MM-dd" };
        var amount = new Option<long>("--amount") { Description = "How many certificates.", Required = true };
        var note = new Option<string?>("--note") { Description = "What the approver should know." };
        return new Command("propose", "Proposes a quota, as administrator. Nothing is issued on it before somebody else has approved it.") { factory, model, from, to, amount, note }
            .WithExamples("stationctl ca quotas propose --factory F1 --model 3012 --from 2026-12-01 --to 2026-12-31 --amount 34000 --note \"December plan\"")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var proposal = new QuotaProposal(
                    parsed.GetValue(factory),
                    parsed.GetValue(model),
                    ReadDay(from, parsed.GetValue(from)),
                    ReadDay(to, parsed.GetValue(to)),
                    parsed.GetValue(amount),
                    parsed.GetValue(note));
                ca.Print(await ca.Client.PostAsync<Quota>(Route, proposal, cancellationToken), Print);
                return ExitCode.Ok;
            });
    }

    private static Command Decide(string decision, string description, bool noteRequired, string example)
    {
        var id = new Argument<long>("id") { Description = "The quota's number." };
        var note = new Option<string?>("--note") { Description = noteRequired ? "Why." : "What should be kept with it.", Required = noteRequired };
        return new Command(decision, description) { id, note }
            .WithExamples(example)
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var number = parsed.GetValue(id);
                if (decision == "withdraw" && !await MayWithdrawAsync(ca, parsed, number, cancellationToken))
                    return ExitCode.Ok;
                ca.Print(await ca.Client.PostAsync<Quota>(ApiPath.Of(Route, number, decision).ToString(), new QuotaDecision(parsed.GetValue(note)), cancellationToken), Print);
                return ExitCode.Ok;
            });
    }

    /// <summary>False for a dry run, which only shows what would be taken back.</summary>
    private static async Task<bool> MayWithdrawAsync(PartSession ca, ParseResult parsed, long id, CancellationToken cancellationToken)
    {
        if (!parsed.IsDryRun())
        {
            Consent.Require(parsed, $"Withdraw quota {id}");
            return true;
        }

        ca.Print(await ca.Client.GetAsync<Quota>(ApiPath.Of(Route, id).ToString(), cancellationToken), Print);
        return false;
    }

    private static void Print(Quota quota) => Print([quota]);

    /// <summary>A table of quotas, for everything that answers with some.</summary>
    internal static void Print(IReadOnlyList<Quota> quotas)
    {
        var table = new OutputTable(">Id", "Factory", "Model", "From", "To", ">Amount", ">Used", ">Left", "State", "Proposed by", "Decided by", "Note");
        foreach (var quota in quotas)
        {
            table.Add(
                quota.Id, quota.Factory, quota.Model, quota.StartsOn, quota.EndsOn, quota.Amount, quota.Used, quota.Left, quota.State, quota.ProposedBy, quota.DecidedBy,
                string.Join("; ", new[] { quota.OrderNumber is null ? null : "order " + quota.OrderNumber, quota.Note, quota.DecisionNote }.OfType<string>()));
        }

        table.Print("No quotas.");
    }

    private static DateOnly ReadDay(Option<string> option, string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        ? day
        : throw new ConfigurationException($"{option.Name} is '{text}'. Expected a day such as 2026-12-01.");
}
