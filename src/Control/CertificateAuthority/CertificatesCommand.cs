using System.CommandLine;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca certificates</c>: what the CA has issued.</summary>
public static class CertificatesCommand
{
    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("certificates", "Certificates that the CA has issued.") { List(), Show(), Export() };

    private static Command List()
    {
        var filter = new CertificateFilterOptions();
        var limit = new Option<int>("--limit") { Description = "How many at the most.", DefaultValueFactory = _ => 50 };
        var command = new Command("list", "Lists certificates, the first 50; export writes all of them.") { limit };
        return filter.AddTo(command)
            .WithExamples("stationctl ca certificates list --model 3012 --state Revoked", "stationctl ca certificates list --from 3012-000100 --to 3012-000199 --json", "stationctl ca certificates list --expires-to 2030-01-01")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var wanted = parsed.GetValue(limit);
                if (wanted < 1)
                    throw new ConfigurationException("--limit has to be 1 or more.");
                var found = new List<CertificateSummary>();
                var path = filter.On(ApiPath.Of("api/certificates"), parsed).With("limit", Math.Min(wanted, 1000));
                await foreach (var one in ca.Client.GetPagesAsync<CertificateSummary>(path, cancellationToken))
                {
                    found.Add(one);
                    if (found.Count == wanted)
                        break;
                }

                ca.Print(found, Print);
                if (found.Count == wanted && !ca.Json)
                    Console.WriteLine($"The first {wanted}; more with --limit, all as CSV with export.");
                return ExitCode.Ok;
            });
    }

    private static Command Show()
    {
        var serial = new Argument<string>("serial") { Description = "The serial number, 40 hexadecimal digits." };
        var pem = new Option<bool>("--pem") { Description = "Only the certificate and its chain, as PEM." };
        return new Command("show", "Shows one certificate with its chain and history.") { serial, pem }
            .WithExamples("stationctl ca certificates show 4c7a1f0e5d3b2a19087f6e5d4c3b2a1908f7e6d5", "stationctl ca certificates show 4c7a1f0e5d3b2a19087f6e5d4c3b2a1908f7e6d5 --pem | openssl x509 -noout -text")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var path = ApiPath.Of("api/certificates", parsed.GetValue(serial)!).ToString();
                if (parsed.GetValue(pem))
                {
                    await using var output = Console.OpenStandardOutput();
                    await ca.Client.DownloadAsync(path, "application/x-pem-file", output, cancellationToken);
                }
                else
                {
                    ca.Print(await ca.Client.GetAsync<CertificateDetail>(path, cancellationToken), Print);
                }

                return ExitCode.Ok;
            });
    }

    private static Command Export()
    {
        var filter = new CertificateFilterOptions();
        var output = new Option<string?>("--output", "--file") { Description = "Where to; standard output by default. An existing file is not overwritten.", HelpName = "FILE" };
        var limit = new Option<long?>("--limit") { Description = "How many at the most; all of them without it." };
        var command = new Command("export", "Writes certificates as CSV, however many there are.") { output, limit };
        return filter.AddTo(command)
            .WithExamples("stationctl ca certificates export --factory F1 --output f1.csv", "stationctl ca certificates export --issued-from 2026-01-01 --issued-to 2026-01-31 > january.csv")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var path = filter.On(ApiPath.Of("api/certificates"), parsed).With("limit", parsed.GetValue(limit)).ToString();
                await using Stream target = parsed.GetValue(output) is { } file and not "-" ? new FileStream(file, FileMode.CreateNew, FileAccess.Write) : Console.OpenStandardOutput();
                await ca.Client.DownloadAsync(path, "text/csv", target, cancellationToken);
                return ExitCode.Ok;
            });
    }

    /// <summary>Prints certificates as a table.</summary>
    internal static void Print(IReadOnlyList<CertificateSummary> certificates)
    {
        var table = new OutputTable("Machine number", "State", "Serial number", "Factory", "Issued at", "Valid until", "Reason");
        foreach (var one in certificates)
            table.Add(one.MachineNumber, one.State, one.SerialNumber, one.Factory, one.IssuedAt, one.NotAfter, one.RevocationReason);
        table.Print("No certificates.");
    }

    private static void Print(CertificateDetail certificate)
    {
        var (summary, fields) = (certificate.Summary, new OutputTable("Field", "Value"));
        fields.Add("Machine number", summary.MachineNumber);
        fields.Add("Serial number", summary.SerialNumber);
        fields.Add("State", summary.State == CertificateState.Reserved ? "Reserved (not signed yet)" : summary.State);
        fields.Add("Subject", certificate.Subject);
        fields.Add("Issuer", $"{certificate.IssuerName} (generation {summary.Issuer})");
        fields.Add("Valid from", certificate.NotBefore);
        fields.Add("Valid until", summary.NotAfter);
        fields.Add("Key", certificate.PublicKey);
        fields.Add("SHA-256", certificate.Fingerprint);
        fields.Add("Factory", summary.Factory);
        fields.Add("Request", summary.RequestId);
        fields.Add("Issued at", summary.IssuedAt);
        fields.Add("Revoked at", summary.RevokedAt);
        fields.Add("Reason", summary.RevocationReason);
        fields.Add("Superseded by", certificate.SupersededBy);
        fields.Print(string.Empty);
        HistoryTable.Print(certificate.History);
        Console.Write(string.Concat(certificate.Chain.Prepend(certificate.Certificate).Where(pem => pem is not null).Select(pem => pem + Environment.NewLine)));
    }
}
