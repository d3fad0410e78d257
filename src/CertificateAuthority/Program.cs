using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CertificateAuthority.Operation.Backups;
using ProvisioningStation.Hosting;

const string Name = "Certificate authority";
return args switch
{
    ["init", .. var rest] => ProgramHost.RunCommand(Name, CeremonyCommand.Run, rest),
    ["renew-issuing", .. var rest] => ProgramHost.RunCommand(Name, CeremonyCommand.RenewIssuing, rest),
    ["replace-common", .. var rest] => ProgramHost.RunCommand(Name, CeremonyCommand.ReplaceCommon, rest),
    ["restore", .. var rest] => ProgramHost.RunCommand(Name, RestoreCommand.Run, rest),
    _ => await ProgramHost.RunAsync(Name, CertificateAuthorityApp.Build, args),
};
