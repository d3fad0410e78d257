using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.AdminApi;
using ProvisioningStation.CertificateAuthority.Audit;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CertificateAuthority.CommonCertificate;
using ProvisioningStation.CertificateAuthority.Enrollment;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.KeyPools;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.CertificateAuthority.Operation.Integrity;
using ProvisioningStation.CertificateAuthority.Quotas;
using ProvisioningStation.CertificateAuthority.Revocation;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Soap;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CertificateAuthority;

/// <summary>The CA service (P-1): the only holder of signing keys. Its callers are communication terminals.</summary>
public static class CertificateAuthorityApp
{
    /// <summary>A request for 10,000 machine numbers is about half of this, whatever prefix the caller's XML uses.</summary>
    private const int MaxRequestBytes = 1024 * 1024;

    internal const string DatabaseFile = "certificate-authority.db";

    internal const string LedgerFile = "issued.ledger";

    /// <summary>The service, ready to start.</summary>
    /// <exception cref="ConfigurationException">The configuration is wrong, or the keys have not been made yet.</exception>
    public static WebApplication Build(string[] args)
    {
        var builder = ProgramHost.CreateBuilder(args);
        var data = new DataDirectory(builder.Environment.ContentRootPath);
        var tls = Settings.Read<TlsOptions>(builder.Configuration, "Tls");
        var listen = Settings.Read<ListenOptions>(builder.Configuration, "Listen");
        var publicListen = Settings.Read<ListenOptions>(builder.Configuration, "PublicListen");
        var issuance = Settings.Read<IssuanceOptions>(builder.Configuration, "Issuance");
        var files = new AuthorityFiles(data, Settings.Read<SigningKeyOptions>(builder.Configuration, "SigningKeys"));
        Settings.Read<CeremonyOptions>(builder.Configuration, "Ceremony");
        var hsm = HsmKeys.From(Settings.Read<HsmOptions>(builder.Configuration, "Hsm"), data);

        _ = files.Latest(AuthorityFiles.Devices);
        if (new FileInfo(data.Resolve(DatabaseFile)) is not { Exists: true, Length: > 0 })
            throw new ConfigurationException($"{data.Resolve(DatabaseFile)} is missing or empty, although this CA has its keys. Put it back from a copy: without it the CA would issue numbers a second time.");
        var identity = TlsIdentity.Load(tls, data);
        var protection = KeyProtection.Load(data.Resolve(tls.WrappingKey));
        var issuers = files.OpenDevicesIssuing(new IssuingKeys(protection, hsm));
        var profiles = new CertificateProfiles(issuance, issuers);
        builder.ListenWithMutualTls(identity, listen);
        builder.ListenInClear(publicListen);
        builder.Services.AddSingleton(_ => identity);
        builder.Services.AddSingleton(_ => protection);
        builder.Services.AddSingleton(_ => issuers);
        builder.Services.AddSingleton(files);
        builder.Services.AddSingleton(profiles);
        builder.Services.AddSingleton<AuditTrail>();
        builder.Services.AddSingleton(_ => new IssuedLedger(data.Resolve(LedgerFile)));
        builder.Services.AddSingleton<SigningGate>();
        builder.Services.AddSingleton<QuotaBook>();
        builder.Services.AddSingleton(services => OpenDatabase(data, services));
        builder.Services.AddHostedService<GenerationRegister>(); // before everything else that runs
        builder.Services.AddHostedService<ValidityEnds>();
        builder.Services.AddSingleton(issuance);
        builder.Services.AddSingleton(services => new PackMaker(profiles, protection, identity.Root.RawData, services.GetRequiredService<KeyPool>()));
        builder.Services.AddSingleton(new CommonPack(files, protection));
        builder.Services.AddSingleton<Succession>();
        builder.Services.AddSingleton<IssuanceStore>();
        builder.Services.AddSingleton<CertificateIssuer>();
        builder.Services.AddSingleton<IssueCertificatesHandler>();
        builder.Services.AddSingleton<AcknowledgeCertificatesHandler>();
        builder.Services.AddSingleton<ReissueCertificateHandler>();
        builder.Services.AddSingleton<SignCertificateRequestHandler>();
        builder.Services.AddSingleton<GetCommonCertificateHandler>();
        builder.Services.AddSingleton<KeyExpiry>();
        builder.Services.AddSingleton<KeyExpiryJob>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KeyExpiryJob>());

        builder.AddAdminApi();
        builder.AddProfiles();
        builder.AddQuotas();
        builder.AddRevocation();
        builder.AddEnrollment();
        builder.AddAudit();
        builder.AddOperation();

        var app = builder.Build();
        var services = app.Services;
        app.RefuseInClear(RevocationFeature.PublicPaths);
        app.UseProblemDocuments();
        app.MapHealth();
        var api = app.MapAdminApi();
        app.MapProfiles(api);
        app.MapQuotas(api);
        app.MapRevocation(api);
        app.MapEnrollment(api);
        app.MapAudit(api);
        app.MapOperation(api);
        app.MapSoap(
            "CertificateAuthority",
            soap =>
            {
                soap.Operation<IssueCertificatesRequest, IssueCertificatesResponse>(
                    services.GetRequiredService<IssueCertificatesHandler>().HandleAsync, Role.CommunicationTerminal);
                soap.Operation<AcknowledgeCertificatesRequest, AcknowledgeCertificatesResponse>(
                    services.GetRequiredService<AcknowledgeCertificatesHandler>().HandleAsync, Role.CommunicationTerminal);
                soap.Operation<ReissueCertificateRequest, ReissueCertificateResponse>(
                    services.GetRequiredService<ReissueCertificateHandler>().HandleAsync, Role.CommunicationTerminal);
                soap.Operation<SignCertificateRequestRequest, SignCertificateRequestResponse>(
                    services.GetRequiredService<SignCertificateRequestHandler>().HandleAsync, Role.CommunicationTerminal);
                soap.Operation<ReturnCertificatesRequest, ReturnCertificatesResponse>(
                    services.GetRequiredService<ReturnCertificatesHandler>().HandleAsync, Role.CommunicationTerminal);
                soap.Operation<GetCommonCertificateRequest, GetCommonCertificateResponse>(
                    services.GetRequiredService<GetCommonCertificateHandler>().HandleAsync, Role.CommunicationTerminal);
            },
            MaxRequestBytes,
            (peer, refused) => services.GetRequiredService<Refusals>().RecordAsync(peer, "Soap", "POST /soap", refused));
        return app;
    }

    /// <summary>The CA's tables. Made by the set-up, before the first key; never by the service.</summary>
    internal static Database OpenDatabase(DataDirectory data) => new(data.Resolve(DatabaseFile), typeof(CertificateAuthorityApp).Assembly);

    /// <summary>The service's database: the ledger goes with its transactions, and damage that it meets anywhere stops signing.</summary>
    private static Database OpenDatabase(DataDirectory data, IServiceProvider services)
    {
        var database = OpenDatabase(data);
        var gate = services.GetRequiredService<SigningGate>();
        database.WriteEnded = services.GetRequiredService<IssuedLedger>().Settle;
        database.Damaged = said => gate.Stop(DatabaseDamage.Sentence(said), DatabaseDamage.Key);
        return database;
    }
}
