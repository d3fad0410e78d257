using System.CommandLine;
using ProvisioningStation.Control.Contexts;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca</c>: everything the CA's service API can do.</summary>
public static class CaCommand
{
    /// <summary>As whom, where the factory's data directory names the identities.</summary>
    internal static readonly IReadOnlyList<string> Identities = ["administrator", "approver", "auditor", "operator"];

    /// <summary>The command with its subcommands, one line for each feature.</summary>
    public static Command Create()
    {
        var ca = new Command("ca", "The certificate authority: certificates, quotas, revocation, audit, operation.");
        foreach (var option in CommonOptions())
            ca.Add(option);
        foreach (var ceremony in CeremonyCommands.Create())
            ca.Add(ceremony);
        ca.Add(SigningCommands.Create());
        foreach (var backup in BackupCommands.Create())
            ca.Add(backup);
        ca.Add(QuotaCommands.Create());
        ca.Add(OrderCommands.Create());
        ca.Add(StatisticsCommand.Create());
        foreach (var revocation in RevocationCommands.Create())
            ca.Add(revocation);
        ca.Add(CertificatesCommand.Create());
        ca.Add(MachinesCommand.Create());
        ca.Add(RequestsCommand.Create());
        ca.Add(ProfileCommands.Profiles());
        ca.Add(ProfileCommands.KeyPool());
        return ca;
    }

    /// <summary>Gives <paramref name="command"/> an action that talks to the CA: <c>ca.Client</c>, <c>ca.Print</c>.</summary>
    public static Command TalksToCa(this Command command, Func<CaSession, ParseResult, CancellationToken, Task<ExitCode>> act) =>
        command.Acts(async (parsed, cancellationToken) =>
        {
            using var session = CaSession.Open(parsed);
            return await act(session, parsed, cancellationToken);
        });

    internal static IEnumerable<Option> CommonOptions()
    {
        var context = new Option<string?>(CaSession.ContextOption) { Description = "A CA from stationctl context list (also: environment variable STATIONCTL_CONTEXT).", HelpName = "NAME", Recursive = true };
        context.CompletionSources.Add(_ => ContextFile.Read().Contexts.Keys.Select(name => new System.CommandLine.Completions.CompletionItem(name)));
        var identity = new Option<string?>(CaSession.AsOption) { Description = "As whom, with --data: administrator (default), approver, auditor, operator.", HelpName = "IDENTITY", Recursive = true };
        identity.AcceptOnlyFromAmong([.. Identities]);
        return
        [
            context,
            new Option<string?>(CaSession.DataOption) { Description = "The data directory of a factory on this machine; .factory where no context is chosen.", HelpName = "DIR", Recursive = true },
            identity,
            new Option<bool>(CommandRun.JsonOption) { Description = "Answer as JSON.", Recursive = true },
        ];
    }
}
