using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ProvisioningStation.CertificateAuthority.Revocation.Ocsp;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary><c>GET /api/issuers</c>: the generations of the issuing CA for devices.</summary>
internal sealed class IssuerEndpoint(IssuingCas issuers, OcspResponders responders)
{
    public static void Map(RouteGroupBuilder api, IssuerEndpoint endpoint) => api.MapGet("/issuers", () => endpoint.List())
        .RequireRole(Role.Administrator, Role.Approver, Role.Auditor, Role.Operator)
        .WithName("ListIssuers")
        .WithSummary("The generations of the issuing CA for devices; the active one signs new certificates.")
        .Produces<Page<IssuerSummary>>();

    private Page<IssuerSummary> List() => new([.. issuers.All.Select(Summary)], null);

    private IssuerSummary Summary(IssuingCa issuer)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(issuer.Chain[0]);
        return new IssuerSummary(
            issuer.Number,
            issuer == issuers.Active,
            certificate.Subject,
            certificate.SerialNumber.ToLowerInvariant(),
            Fingerprint.Of(issuer.Chain[0]).ToString(),
            Convert.ToHexStringLower(issuer.KeyIdentifier.Span),
            issuer.NotBefore,
            issuer.NotAfter,
            string.Create(CultureInfo.InvariantCulture, $"/ca/devices-{issuer.Number}.cer"),
            responders.Find(issuer.Number)?.NotAfter);
    }
}
