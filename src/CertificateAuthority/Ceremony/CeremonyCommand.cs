using ProvisioningStation.CertificateAuthority.Audit;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.CertificateAuthority.Ceremony;

/// <summary><c>init --config FILE --data DIR</c>: makes the keys and certificates that are missing and says what it made; never a secret.</summary>
internal static class CeremonyCommand
{
    public static void Run(string[] args)
    {
        var builder = ProgramHost.CreateBuilder(args);
        var data = new DataDirectory(builder.Environment.ContentRootPath);
        var tls = Settings.Read<TlsOptions>(builder.Configuration, "Tls");
        var files = new AuthorityFiles(data, Settings.Read<SigningKeyOptions>(builder.Configuration, "SigningKeys"));
        var options = Settings.Read<CeremonyOptions>(builder.Configuration, "Ceremony");
        Settings.Read<ListenOptions>(builder.Configuration, "Listen");
        Settings.Read<ListenOptions>(builder.Configuration, "PublicListen");
        Settings.Read<IssuanceOptions>(builder.Configuration, "Issuance");
        Settings.Read<AuditOptions>(builder.Configuration, "Audit");
        Settings.RefuseUnknownSections(builder.Configuration);
        if (!files.DevicesIssuing.IsComplete)
            CertificateAuthorityApp.OpenDatabase(data).Dispose(); // before the key that signs what stands in it
        new KeyCeremony(options, files, tls, data, TimeProvider.System, Console.WriteLine).Run();
    }
}
