using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.Ceremony;
using ProvisioningStation.CertificateAuthority.CommonCertificate;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
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

    private const string DatabaseFile = "certificate-authority.db";

    /// <summary>The service, ready to start.</summary>
    /// <exception cref="ConfigurationException">The configuration is wrong, or the keys have not been made yet.</exception>
    public static WebApplication Build(string[] args)
    {
        var builder = ProgramHost.CreateBuilder(args);
        var data = new DataDirectory(builder.Environment.ContentRootPath);
        var tls = Settings.Read<TlsOptions>(builder.Configuration, "Tls");
        var listen = Settings.Read<ListenOptions>(builder.Configuration, "Listen");
        var issuance = Settings.Read<IssuanceOptions>(builder.Configuration, "Issuance");
        var files = new AuthorityFiles(data, Settings.Read<SigningKeyOptions>(builder.Configuration, "SigningKeys"));
        Settings.Read<CeremonyOptions>(builder.Configuration, "Ceremony");

        if (!files.DevicesIssuing.IsComplete)
            throw new ConfigurationException($"{files.DevicesIssuing.CertificateFile} is missing. Make the CA's keys first: CertificateAuthority init --config FILE --data DIR");
        if (new FileInfo(data.Resolve(DatabaseFile)) is not { Exists: true, Length: > 0 })
            throw new ConfigurationException($"{data.Resolve(DatabaseFile)} is missing or empty, although this CA has its keys. Put it back from a copy: without it the CA would issue numbers a second time.");
        var identity = TlsIdentity.Load(tls, data);
        var protection = KeyProtection.Load(data.Resolve(tls.WrappingKey));
        var issuer = files.OpenDevicesIssuing(protection.Passphrase);
        var profiles = new CertificateProfiles(issuance, issuer);
        builder.ListenWithMutualTls(identity, listen);
        builder.Services.AddSingleton(_ => identity);
        builder.Services.AddSingleton(_ => protection);
        builder.Services.AddSingleton(_ => issuer);
        builder.Services.AddSingleton(_ => OpenDatabase(data));
        builder.Services.AddSingleton(issuance);
        builder.Services.AddSingleton(new PackMaker(profiles, protection, identity.Root.RawData));
        builder.Services.AddSingleton(new CommonPack(files, protection));
        builder.Services.AddSingleton<IssuanceStore>();
        builder.Services.AddSingleton<CertificateIssuer>();
        builder.Services.AddSingleton<IssueCertificatesHandler>();
        builder.Services.AddSingleton<AcknowledgeCertificatesHandler>();
        builder.Services.AddSingleton<ReissueCertificateHandler>();
        builder.Services.AddSingleton<GetCommonCertificateHandler>();

        var app = builder.Build();
        var services = app.Services;
        app.MapHealth();
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
                soap.Operation<GetCommonCertificateRequest, GetCommonCertificateResponse>(
                    services.GetRequiredService<GetCommonCertificateHandler>().HandleAsync, Role.CommunicationTerminal);
            },
            MaxRequestBytes);
        return app;
    }

    /// <summary>The CA's tables. Made by the set-up, before the first key; never by the service.</summary>
    internal static Database OpenDatabase(DataDirectory data) => new(data.Resolve(DatabaseFile), typeof(CertificateAuthorityApp).Assembly);
}
