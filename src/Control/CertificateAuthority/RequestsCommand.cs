using System.CommandLine;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca requests</c>: what the CA was asked for.</summary>
public static class RequestsCommand
{
    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("requests", "What the CA was asked for.") { List(), Show() };

    private static Command List()
    {
        var factory = new Option<string?>("--factory") { Description = "Only of this factory." };
        var limit = Limit();
        return new Command("list", "Lists requests, the latest first.") { factory, limit }
            .WithExamples("stationctl ca requests list --factory F1 --limit 10", "stationctl ca requests list --json")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var wanted = Wanted(parsed, limit);
                var found = new List<RequestSummary>();
                await foreach (var one in ca.Client.GetPagesAsync<RequestSummary>(ApiPath.Of("api/requests").With("factory", parsed.GetValue(factory)).With("limit", Math.Min(wanted, 1000)), cancellationToken))
                {
                    found.Add(one);
                    if (found.Count == wanted)
                        break;
                }

                ca.Print(found, Print);
                if (found.Count == wanted && !ca.Json)
                    Console.WriteLine($"The latest {wanted}; more with --limit.");
                return ExitCode.Ok;
            });
    }

    private static Command Show()
    {
        var id = new Argument<string>("id") { Description = "The request's id, a UUID." };
        var limit = Limit();
        return new Command("show", "Shows one request with its certificates.") { id, limit }
            .WithExamples("stationctl ca requests show 0199a3c2-7d5e-7c11-9d0a-3f6f0e1d2c4b", "stationctl ca requests show 0199a3c2-7d5e-7c11-9d0a-3f6f0e1d2c4b --limit 1000 --json")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var (wanted, path) = (Wanted(parsed, limit), ApiPath.Of("api/requests", parsed.GetValue(id)!));
                var detail = await ca.Client.GetAsync<RequestDetail>(path.With("limit", Math.Min(wanted, 1000)).ToString(), cancellationToken);
                while (detail.Next is not null && detail.Certificates.Count < wanted)
                {
                    var more = await ca.Client.GetAsync<RequestDetail>(path.With("limit", Math.Min(wanted - detail.Certificates.Count, 1000)).With("cursor", detail.Next).ToString(), cancellationToken);
                    detail = more with { Certificates = [.. detail.Certificates, .. more.Certificates] };
                }

                ca.Print(detail, Print);
                return ExitCode.Ok;
            });
    }

    private static Option<int> Limit() => new("--limit") { Description = "How many at the most.", DefaultValueFactory = _ => 50 };

    private static int Wanted(ParseResult parsed, Option<int> limit) =>
        parsed.GetValue(limit) is >= 1 and var wanted ? wanted : throw new ConfigurationException("--limit has to be 1 or more.");

    private static void Print(IReadOnlyList<RequestSummary> requests)
    {
        var table = new OutputTable("Request", "Kind", "Factory", ">Certificates", "Received at", "Acknowledged at", "Expired at", "Reason");
        foreach (var one in requests)
            table.Add(one.RequestId, one.Kind, one.Factory, one.Certificates, one.ReceivedAt, one.AcknowledgedAt, one.ExpiredAt, one.Reason);
        table.Print("No requests.");
    }

    private static void Print(RequestDetail detail)
    {
        Print([detail.Request]);
        CertificatesCommand.Print(detail.Certificates);
        if (detail.Next is not null)
            Console.WriteLine($"{detail.Certificates.Count} of {detail.Request.Certificates}; more with --limit.");
    }
}
