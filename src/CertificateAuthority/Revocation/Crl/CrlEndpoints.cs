using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Revocation.Crl;

/// <summary>The CRLs and the CA's certificates in clear for everybody (RFC 5280, 4.2.1.13 and 4.2.2.1), and what administrators see and may order.</summary>
internal sealed class CrlEndpoints(CrlPublisher publisher, TlsIdentity identity, IssuingCas issuers, TimeProvider time)
{
    private static readonly TimeSpan CertificateAge = TimeSpan.FromDays(1);

    /// <summary>What is served in clear, GET and HEAD.</summary>
    public static void MapPublic(IEndpointRouteBuilder app, CrlEndpoints endpoints)
    {
        string[] reading = [HttpMethods.Get, HttpMethods.Head];
        app.MapMethods("/crl/devices-{issuer:int}.crl", reading, (int issuer, HttpContext context) => endpoints.Crl(issuer, context)).ExcludeFromDescription();
        app.MapMethods("/ca/devices-{issuer:int}.cer", reading, (int issuer, HttpContext context) => endpoints.Certificate(issuer, context)).ExcludeFromDescription();
        app.MapMethods("/ca/root.cer", reading, (HttpContext context) => endpoints.Root(context)).ExcludeFromDescription();
    }

    /// <summary>The calls of the service API.</summary>
    public static void MapApi(RouteGroupBuilder api, CrlEndpoints endpoints)
    {
        api.MapGet("/crl", () => endpoints.List())
            .RequireRole(Role.Administrator, Role.Approver, Role.Auditor, Role.Operator)
            .WithName("ListCrls")
            .WithSummary("The latest CRL of each generation of the issuing CA for devices.")
            .Produces<Page<CrlSummary>>();
        api.MapPost("/crl", (HttpContext context, CancellationToken cancellationToken) => endpoints.PublishAsync(context.GetPeer().ToString(), cancellationToken))
            .RequireRole(Role.Administrator)
            .WithName("PublishCrls")
            .WithSummary("Makes and publishes the next CRL of each generation now.")
            .Produces<Page<CrlSummary>>();
    }

    /// <summary>Where the CRL of a generation is served.</summary>
    private static string PathOf(int issuer) => string.Create(CultureInfo.InvariantCulture, $"/crl/devices-{issuer}.crl");

    private Page<CrlSummary> List() => new([.. publisher.Issuers.Select(issuer => publisher.FindLatest(issuer.Number)).OfType<CrlRecord>().Select(Summary)], null);

    private async Task<Page<CrlSummary>> PublishAsync(string actor, CancellationToken cancellationToken)
    {
        var made = new List<CrlSummary>();
        foreach (var issuer in publisher.Issuers.ToList())
            made.Add(Summary(await publisher.PublishAsync(issuer, actor, cancellationToken)));
        return new Page<CrlSummary>(made, null);
    }

    private static CrlSummary Summary(CrlRecord crl) => new(crl.Issuer, crl.Number, crl.ThisUpdate, crl.NextUpdate, crl.Entries, PathOf(crl.Issuer));

    /// <summary>Others may keep it until the next scheduled one is due; a revocation may bring one earlier, which a client with the ETag learns at the price of a 304.</summary>
    private Results<FileContentHttpResult, NotFound> Crl(int issuer, HttpContext context)
    {
        if (publisher.FindLatest(issuer) is not { Content.Length: > 0 } latest) // none yet, or none since a backup was restored
            return TypedResults.NotFound();
        var fresh = publisher.DueAt(issuer) - time.GetUtcNow();
        return Serve(context, latest.Content, "application/pkix-crl", fresh, latest.ThisUpdate, string.Create(CultureInfo.InvariantCulture, $"{latest.Issuer}-{latest.Number}"));
    }

    private Results<FileContentHttpResult, NotFound> Certificate(int issuer, HttpContext context) => issuers.Find(issuer) is { } known
        ? Serve(context, known.Chain[0], "application/pkix-cert", CertificateAge, known.NotBefore, Fingerprint.Of(known.Chain[0]).ToString())
        : TypedResults.NotFound();

    private FileContentHttpResult Root(HttpContext context) =>
        Serve(context, identity.Root.RawData, "application/pkix-cert", CertificateAge, new DateTimeOffset(identity.Root.NotBefore.ToUniversalTime()), Fingerprint.Of(identity.Root.RawData).ToString());

    private static FileContentHttpResult Serve(HttpContext context, byte[] content, string type, TimeSpan age, DateTimeOffset changed, string tag)
    {
        context.Response.Headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"max-age={Math.Max(0, (long)age.TotalSeconds)}, public, no-transform, must-revalidate");
        return TypedResults.Bytes(content, type, lastModified: changed, entityTag: new EntityTagHeaderValue($"\"{tag}\""));
    }
}
