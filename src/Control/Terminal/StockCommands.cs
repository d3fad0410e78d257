using System.CommandLine;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Control.Terminal;

/// <summary><c>stationctl terminal stock</c> and <c>purge</c>: what is in store per model (P-23), and the end of a model's packs (P-22).</summary>
internal static class StockCommands
{
    private const string PurgeRoute = "api/purge";
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(300);

    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create() => [Stock(), Purge(), Receipts()];

    private static Command Stock() => new Command("stock", "Certificates in store per model, and those used today.")
        .WithExamples("stationctl terminal stock", "stationctl terminal stock --json")
        .TalksToTerminal(async (terminal, _, cancellationToken) =>
        {
            terminal.Print(await terminal.Client.GetAsync<IReadOnlyList<ModelStock>>("api/stock", cancellationToken), Print);
            return ExitCode.Ok;
        });

    private static Command Purge()
    {
        var model = new Argument<string>("model") { Description = "The model code, such as A125." };
        var evenIfPlanned = new Option<bool>("--even-if-planned") { Description = "Do it although the plan has units of the model." };
        return new Command("purge", "Deletes the unused certificates of a model that is not built any more; they are revoked at the CA, a receipt is kept.") { model, evenIfPlanned }
            .WithConsent()
            .WithExamples("stationctl terminal purge A125 --dry-run", "stationctl terminal purge A125 --yes")
            .TalksToTerminal(async (terminal, parsed, cancellationToken) =>
            {
                var code = ModelCode.Parse(parsed.GetValue(model)!);
                var preview = await terminal.Client.GetAsync<PurgePreview>(ApiPath.Of(PurgeRoute, code.ToString()).ToString(), cancellationToken);
                if (parsed.IsDryRun())
                {
                    terminal.Print(preview, Print);
                    return ExitCode.Ok;
                }

                if (preview.Unused > 0)
                    Consent.Require(parsed, $"Delete {preview.Unused} unused certificates of {code}");
                var request = new PurgeRequest(code.ToString(), preview.Unused, parsed.GetValue(evenIfPlanned));
                var receipt = await terminal.Client.PostAsync<PurgeReceipt>(PurgeRoute, request, cancellationToken);
                while (!receipt.IsDone)
                {
                    await Task.Delay(LookAgain, cancellationToken);
                    receipt = await terminal.Client.GetAsync<PurgeReceipt>(ApiPath.Of(PurgeRoute, "receipts", receipt.Id.ToString()).ToString(), cancellationToken);
                }

                terminal.Print<IReadOnlyList<PurgeReceipt>>([receipt], Print);
                return ExitCode.Ok;
            });
    }

    private static Command Receipts() => new Command("purges", "Lists the receipts of purges, latest first.")
        .WithExamples("stationctl terminal purges --json")
        .TalksToTerminal(async (terminal, _, cancellationToken) =>
        {
            terminal.Print(await terminal.Client.GetAsync<IReadOnlyList<PurgeReceipt>>(PurgeRoute, cancellationToken), Print);
            return ExitCode.Ok;
        });

    private static void Print(IReadOnlyList<ModelStock> models)
    {
        var table = new OutputTable("Model", "Gets certificates", "Key made by", ">In store", ">Of these at a line", ">Waiting", ">Blocked", ">Used today");
        foreach (var model in models)
            table.Add(model.Model, model.IsManaged ? "yes" : "no", !model.IsManaged ? "–" : model.BoardMakesKey ? "board" : "CA", model.InStore, model.InHand, model.Waiting, model.Blocked, model.UsedToday);
        table.Print("No models.");
    }

    private static void Print(PurgePreview preview)
    {
        var table = new OutputTable("Model", ">Would be deleted", ">Stay: at a line", ">Stay: rework", "Planned until");
        table.Add(preview.Model, preview.Unused, preview.InHand, preview.Waiting, preview.PlannedUntil);
        table.Print(string.Empty);
        if (preview.PlannedUntil is not null)
            Console.WriteLine($"Model {preview.Model} is still planned: it takes --even-if-planned to delete its certificates.");
    }

    private static void Print(IReadOnlyList<PurgeReceipt> receipts)
    {
        var table = new OutputTable("Ordered at", "Model", ">Deleted", "By", "Finished at", "SHA-256 of the list", "Receipt");
        foreach (var receipt in receipts)
            table.Add(receipt.OrderedAt, receipt.Model, receipt.Deleted, receipt.OrderedBy, receipt.FinishedAt, receipt.CertificatesSha256, receipt.Id);
        table.Print("No purges.");
    }
}
