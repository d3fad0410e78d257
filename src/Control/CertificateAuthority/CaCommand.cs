using System.CommandLine;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary><c>stationctl ca</c>: everything the CA's service API can do.</summary>
public static class CaCommand
{
    /// <summary>The command with its subcommands, one line for each feature.</summary>
    public static Command Create()
    {
        var ca = new Command("ca", "The certificate authority: certificates, quotas, revocation, audit, operation.");
        foreach (var option in PartSession.OptionsOf(ServedPart.CertificateAuthority))
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
    public static Command TalksToCa(this Command command, Func<PartSession, ParseResult, CancellationToken, Task<ExitCode>> act) =>
        command.Acts(async (parsed, cancellationToken) =>
        {
            using var session = PartSession.Open(ServedPart.CertificateAuthority, parsed);
            return await act(session, parsed, cancellationToken);
        });
}
