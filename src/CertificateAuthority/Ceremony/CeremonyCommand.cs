using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Operation.Backups;
using ProvisioningStation.CertificateAuthority.KeyPools;
using ProvisioningStation.CertificateAuthority.Operation.Integrity;
using ProvisioningStation.CertificateAuthority.Quotas;
using ProvisioningStation.CertificateAuthority.Revocation;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Ceremony;

/// <summary>
/// The commands that work on the CA's keys, with <c>--config FILE --data DIR</c>: <c>init</c> makes what is missing, <c>renew-issuing</c> and <c>replace-common</c> the next generation.
/// Each says what it made or kept, also in the protocol; never a secret.
/// </summary>
internal static class CeremonyCommand
{
    private const string ProtocolFile = "ceremony-protocol.txt";

    /// <summary><c>init</c>.</summary>
    public static void Run(string[] args) => Run("init", CeremonyArguments.Parse(args), (ceremony, arguments) =>
    {
        RequireNames(arguments, 0, "init takes no name");
        ceremony.Run();
    });

    /// <summary><c>renew-issuing devices|parts|common</c>.</summary>
    public static void RenewIssuing(string[] args)
    {
        var arguments = CeremonyArguments.Parse(args);
        RequireNames(arguments, 1, "renew-issuing takes the issuing CA to renew");
        var series = arguments.Names[0];
        if (!KeyCeremony.IssuingSeries.ContainsKey(series))
            throw new ConfigurationException($"There is no issuing CA '{Printable.Shorten(series)}'. Allowed: {string.Join(", ", KeyCeremony.IssuingSeries.Keys)}.");
        Run($"renew-issuing {series}", arguments, (ceremony, _) => ceremony.RenewIssuing(series, arguments.Generation));
    }

    /// <summary><c>replace-common</c>.</summary>
    public static void ReplaceCommon(string[] args) => Run("replace-common", CeremonyArguments.Parse(args), (ceremony, arguments) =>
    {
        RequireNames(arguments, 0, "replace-common takes no name");
        ceremony.ReplaceCommon(arguments.Generation);
    });

    private static void Run(string command, CeremonyArguments arguments, Action<KeyCeremony, CeremonyArguments> act)
    {
        var builder = ProgramHost.CreateBuilder(arguments.Host);
        var data = new DataDirectory(builder.Environment.ContentRootPath);
        var tls = Settings.Read<TlsOptions>(builder.Configuration, "Tls");
        var files = new AuthorityFiles(data, Settings.Read<SigningKeyOptions>(builder.Configuration, "SigningKeys"));
        var hsm = HsmKeys.From(Settings.Read<HsmOptions>(builder.Configuration, "Hsm"), data);
        var options = Settings.Read<CeremonyOptions>(builder.Configuration, "Ceremony");
        Settings.Read<ListenOptions>(builder.Configuration, "Listen");
        Settings.Read<ListenOptions>(builder.Configuration, "PublicListen");
        Settings.Read<IssuanceOptions>(builder.Configuration, "Issuance");
        Settings.Read<KeyPoolOptions>(builder.Configuration, "KeyPool");
        Settings.Read<AuditOptions>(builder.Configuration, "Audit");
        Settings.Read<RevocationOptions>(builder.Configuration, "Revocation");
        Settings.Read<IntegrityOptions>(builder.Configuration, "Integrity");
        Settings.Read<QuotaOptions>(builder.Configuration, "Quotas");
        Settings.Read<BackupOptions>(builder.Configuration, "Backup");
        Settings.RefuseUnknownSections(builder.Configuration);
        if (files.Generations(AuthorityFiles.Devices).Count == 0)
            CertificateAuthorityApp.OpenDatabase(data).Dispose(); // before the key that signs what stands in it
        using var protocol = CeremonyProtocol.Open(arguments.Protocol ?? data.Resolve(ProtocolFile), TimeProvider.System);
        protocol.Begin(command, arguments);
        try
        {
            var certificates = new AuthorityCertificates(options.Organization, TimeProvider.System);
            using var offline = new OfflineRoot(arguments.OfflineRoot ?? data.Resolve(options.OfflineRootDirectory), arguments.RootPassphraseFile, options, certificates);
            act(new KeyCeremony(options, files, hsm, offline, tls, data, TimeProvider.System, Say), arguments);
            protocol.End("completed");
        }
        catch (Exception cause)
        {
            protocol.End($"broken off: {cause.Message}");
            throw;
        }

        void Say(string line)
        {
            protocol.Write(line);
            Console.WriteLine(line);
        }
    }

    private static void RequireNames(CeremonyArguments arguments, int count, string rule)
    {
        if (arguments.Names.Count != count)
            throw new ConfigurationException($"{rule}, and the arguments have {(arguments.Names.Count == 0 ? "none" : string.Join(", ", arguments.Names.Select(name => $"'{Printable.Shorten(name)}'")))}.");
    }
}
