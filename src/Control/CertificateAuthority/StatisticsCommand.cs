using System.CommandLine;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca statistics</c>: what happened, by day, model or factory.</summary>
internal static class StatisticsCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var from = new Option<string?>("--from") { Description = "The first UTC day; without it the first of the month.", HelpName = "yyyy-MM-dd" };
        var to = new Option<string?>("--to") { Description = "The last UTC day; without it today.", HelpName = "yyyy-MM-dd" };
        var factory = new Option<string?>("--factory") { Description = "Only of this factory." };
        var model = new Option<string?>("--model") { Description = "Only for this model." };
        var by = new Option<StatisticsGroup>("--by") { Description = "A row for each day, model or factory.", DefaultValueFactory = _ => StatisticsGroup.Day };
        return new Command("statistics", "Adds up what was issued, replaced and revoked, beside the quotas of that time.") { from, to, factory, model, by }
            .WithExamples("stationctl ca statistics --by model", "stationctl ca statistics --from 2026-10-01 --to 2026-10-31 --factory F1 --json")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var path = ApiPath.Of("api/statistics")
                    .With("from", parsed.GetValue(from))
                    .With("to", parsed.GetValue(to))
                    .With("factory", parsed.GetValue(factory))
                    .With("model", parsed.GetValue(model))
                    .With("groupBy", parsed.GetValue(by));
                ca.Print(await ca.Client.GetAsync<Statistics>(path.ToString(), cancellationToken), Print);
                return ExitCode.Ok;
            });
    }

    private static void Print(Statistics statistics)
    {
        var table = new OutputTable(statistics.GroupBy.ToString(), ">Issued", ">Signed", ">Reissued", ">Renewed", ">Stored", ">Superseded", ">Revoked", ">Expired", ">Quota", ">Used", ">Left");
        foreach (var row in statistics.Rows.Append(statistics.Totals with { Key = "Total" }))
        {
            var figures = row.Figures;
            table.Add(
                row.Key, figures.Issued, figures.Signed, figures.Reissued, figures.Renewed, figures.Acknowledged, figures.Superseded, figures.Revoked, figures.Expired,
                row.Quota?.Approved, row.Quota?.Used, row.Quota?.Left);
        }

        Console.WriteLine(FormattableString.Invariant($"{statistics.From:yyyy-MM-dd} to {statistics.To:yyyy-MM-dd}"));
        table.Print("Nothing.");
    }
}
