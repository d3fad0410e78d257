using System.CommandLine;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca signing</c>: whether the CA signs, and an administrator's decision after something was found.</summary>
internal static class SigningCommands
{
    private const string Route = "api/signing";

    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("signing", "Whether the CA signs; checks of its store; the decision to go on.") { Status(), Check(), Resume() };

    private static Command Status() => new Command("status", "Says whether the CA signs, and why not. Exit code 6 while it is stopped.")
        .WithExamples("stationctl ca signing status", "stationctl ca signing status --json")
        .TalksToCa(async (ca, _, cancellationToken) => Show(ca, await ca.Client.GetAsync<SigningStatus>(Route, cancellationToken)));

    private static Command Check() => new Command("check", "Has the CA check its whole store now: database pages, audit trail, certificates, ledger. A finding stops signing.")
        .WithExamples("stationctl ca signing check")
        .TalksToCa(async (ca, _, cancellationToken) => Show(ca, await ca.Client.PostAsync<SigningStatus>(Route + "/check", null, cancellationToken)));

    private static Command Resume()
    {
        var note = new Option<string>("--note") { Description = "Why signing goes on; kept in the audit trail.", HelpName = "TEXT", Required = true };
        return new Command("resume", "Accepts what was found and lets the CA sign again. The same finding does not stop it a second time; a new one does.") { note }
            .WithConsent()
            .WithExamples("stationctl ca signing resume --note \"restored, report compared with the terminal\" --yes", "stationctl ca signing resume --note \"clock set right\" --dry-run")
            .TalksToCa(async (ca, parsed, cancellationToken) =>
            {
                var status = await ca.Client.GetAsync<SigningStatus>(Route, cancellationToken);
                if (parsed.IsDryRun())
                    return Show(ca, status);
                if (!status.Stopped)
                    throw new ProvisioningException(ErrorCode.Conflict, "Signing is not stopped.");
                Consent.Require(parsed, $"Sign again although this was found ({string.Join(" ", status.Reasons)})");
                return Show(ca, await ca.Client.PostAsync<SigningStatus>(Route + "/resume", new ResumeSigning(parsed.GetValue(note)!), cancellationToken));
            });
    }

    private static ExitCode Show(PartSession ca, SigningStatus status)
    {
        ca.Print(status, _ =>
        {
            Console.WriteLine(status.Stopped ? "Nothing is signed:" : "The CA signs.");
            foreach (var reason in status.Reasons)
                Console.WriteLine("  " + reason);
            foreach (var reason in status.Accepted)
                Console.WriteLine("  accepted earlier: " + reason);
            Console.WriteLine(status.CheckedAt is { } at ? $"Last whole check: {OutputTable.Text(at)}, to audit entry {status.CheckedEntries}." : "The store was not checked as a whole since the start.");
        });
        return status.Stopped ? ExitCode.Partly : ExitCode.Ok;
    }
}
