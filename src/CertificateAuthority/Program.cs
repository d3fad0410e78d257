using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.Hosting;

return args is ["init", .. var rest]
    ? ProgramHost.RunCommand("Certificate authority", CeremonyCommand.Run, rest)
    : await ProgramHost.RunAsync("Certificate authority", CertificateAuthorityApp.Build, args);
