using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority.KeyPools;
using ProvisioningStation.CertificateAuthority.Lint;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>What certificates say, by model, and the keys made ahead for them.</summary>
internal static class ProfilesFeature
{
    private static readonly Role[] Readers = [Role.Administrator, Role.Approver, Role.Auditor, Role.Operator];

    public static void AddProfiles(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(Settings.Read<KeyPoolOptions>(builder.Configuration, "KeyPool"));
        builder.Services.AddSingleton<ReservedProfiles>();
        builder.Services.AddSingleton<IssuingActivity>();
        builder.Services.AddSingleton<KeyPoolMetrics>();
        builder.Services.AddSingleton<KeyPool>();
        builder.Services.AddSingleton<KeyPoolJob>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KeyPoolJob>());
    }

    public static void MapProfiles(this WebApplication app, RouteGroupBuilder api)
    {
        var pool = app.Services.GetRequiredService<KeyPool>();
        app.Services.GetRequiredService<KeyPoolMetrics>().Watch(pool);
        api.MapGet("/profiles", (CertificateProfiles profiles, IssuanceOptions options, TimeProvider time) =>
                TypedResults.Json(new ProfileList(
                    [.. profiles.Listed.Select(listed => Describe(profiles.Of(listed.Code()), time))],
                    options.UnlistedModels,
                    [.. CertificateLint.ForDevices.Select(rule => new LintRuleDescription(rule.Name, rule.Source, rule.Text))])))
            .RequireRole(Readers).WithName("ListProfiles").WithSummary("The effective profile of every listed model, and the rules that every certificate is held against.").Produces<ProfileList>();
        api.MapGet("/profiles/{model}", ([System.ComponentModel.Description("The model code, such as 3012.")] string model, CertificateProfiles profiles, TimeProvider time) => TypedResults.Json(Describe(Find(profiles, model), time)))
            .RequireRole(Readers).WithName("GetProfile").WithSummary("The effective profile of one model.").Produces<ProfileDescription>();
        api.MapGet("/key-pool", (KeyPoolMetrics metrics, KeyPoolOptions options, IssuingActivity activity) => TypedResults.Json(new KeyPoolState(
                activity.IdleFor >= options.IdleAfter,
                [.. pool.Algorithms.Select(algorithm => new KeyPoolLevel(algorithm, pool.Level(algorithm), pool.Target(algorithm), metrics.PerMinute(algorithm)))])))
            .RequireRole(Readers).WithName("GetKeyPool").WithSummary("How many keys are made ahead.").Produces<KeyPoolState>();
    }

    private static CertificateProfile Find(CertificateProfiles profiles, string model)
    {
        try
        {
            return profiles.Of(ModelCode.Parse(model));
        }
        catch (ProvisioningException unknown) when (unknown.Code == ErrorCode.UnknownModel)
        {
            throw new ProvisioningException(ErrorCode.NotFound, unknown.Message, unknown);
        }
    }

    private static ProfileDescription Describe(CertificateProfile profile, TimeProvider time)
    {
        var content = profile.Content;
        return new ProfileDescription(
            content.Model,
            content.Key,
            content.Validity,
            profile.ValidityAt(time.GetUtcNow()).NotAfter,
            content.Backdate,
            content.Organization,
            content.OrganizationalUnit,
            Named(("digitalSignature", true), ("keyEncipherment", content.KeyEncipherment), ("keyAgreement", content.KeyAgreement)),
            Named(("clientAuth", content.ClientAuthentication), ("serverAuth", content.ServerAuthentication)),
            content.HardwareType,
            content.DnsName,
            content.Uri,
            profile.CrlUrl,
            profile.OcspUrl,
            profile.CaIssuersUrl,
            profile.Issuer.Number);
    }

    private static List<string> Named(params (string Name, bool IsSet)[] names) => [.. names.Where(name => name.IsSet).Select(name => name.Name)];
}
