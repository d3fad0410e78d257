using System.CommandLine;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca backup</c> and <c>stationctl ca restore</c>.</summary>
internal static class BackupCommands
{
    private const string Route = "api/backups";

    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create() => [new Command("backup", "Backups of the CA's database.") { Make(), List() }, Restore()];

    private static Command Make() => new Command("create", "Copies the database now, while the service goes on.")
        .WithExamples("stationctl ca backup create", "stationctl ca backup create --json")
        .TalksToCa(async (ca, _, cancellationToken) =>
        {
            Print(ca, [await ca.Client.PostAsync<BackupSummary>(Route, null, cancellationToken)]);
            return ExitCode.Ok;
        });

    private static Command List() => new Command("list", "Lists the backups that are kept, the latest first.")
        .WithExamples("stationctl ca backup list", "stationctl ca backup list --json")
        .TalksToCa(async (ca, _, cancellationToken) =>
        {
            Print(ca, await ca.Client.GetPagesAsync<BackupSummary>(ApiPath.Of(Route), cancellationToken).ToListAsync(cancellationToken));
            return ExitCode.Ok;
        });

    private static Command Restore()
    {
        var from = new Option<string>("--from") { Description = "The backup, with its manifest beside it.", HelpName = "FILE", Required = true };
        var configuration = new Option<string>("--config") { Description = "The CA's configuration file.", HelpName = "FILE", Required = true };
        var directory = new Option<string?>("--directory") { Description = "The CA's own data directory; with --data the certificate-authority below it.", HelpName = "DIR" };
        var program = new Option<string?>("--program") { Description = "The program CertificateAuthority, where it is not found by itself.", HelpName = "FILE" };
        return new Command("restore", "Puts a backup in the place of the database, on the CA's own machine while its service is stopped. The ledger adds what happened since; nothing that was revoked comes back.")
        {
            from, configuration, directory, program,
        }
        .WithConsent()
        .WithExamples("stationctl ca restore --from /backup/certificate-authority-20260101T000000000Z.db --config certificate-authority.json --directory /srv/ca --yes")
        .Acts(async (parsed, cancellationToken) =>
        {
            string[] arguments = ["restore", "--config", parsed.GetValue(configuration)!, "--data", CeremonyCommands.DirectoryOf(parsed, directory), "--from", parsed.GetValue(from)!];
            if (parsed.IsDryRun())
            {
                Console.WriteLine($"Would run: CertificateAuthority {string.Join(' ', arguments)}");
                return ExitCode.Ok;
            }

            Consent.Require(parsed, $"Replace the CA's database by {parsed.GetValue(from)}");
            var lines = new List<string>();
            var isJson = parsed.GetValue<bool>(CommandRun.JsonOption);
            var isDone = await AuthorityProgram.RunAsync(parsed.GetValue(program), arguments, line => (isJson ? lines.Add : (Action<string>)Console.WriteLine)(line), cancellationToken);
            if (isJson)
                ControlContext.PrintJson(lines);
            return isDone ? ExitCode.Ok : ExitCode.Local;
        });
    }

    private static void Print(PartSession ca, List<BackupSummary> backups) => ca.Print(backups, _ =>
    {
        var table = new OutputTable("File", "Made at", ">Octets", ">Certificates", ">Audit entry", "SHA-256");
        foreach (var backup in backups)
            table.Add(backup.File, backup.MadeAt, backup.Size, backup.Certificates, backup.AuditSequence, backup.Sha256[..16] + "…");
        table.Print("No backups yet. Make one: stationctl ca backup create");
    });
}
