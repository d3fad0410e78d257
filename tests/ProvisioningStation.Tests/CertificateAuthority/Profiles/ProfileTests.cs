using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Http.Json;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority.Profiles;

/// <summary>What a profile may say, and what is said of it.</summary>
public sealed class ProfileTests
{
    public static TheoryData<string, ModelOptions> Impossible => new()
    {
        { nameof(ModelOptions.NoExpiry), new ModelOptions { Model = "3012", NoExpiry = true, Validity = TimeSpan.FromDays(10) } },
        { nameof(ModelOptions.Validity), new ModelOptions { Model = "3012", Validity = TimeSpan.FromHours(1) } },
        { nameof(ModelOptions.KeyEncipherment), new ModelOptions { Model = "3012", KeyEncipherment = true } },
        { nameof(ModelOptions.KeyAgreement), new ModelOptions { Model = "3012", KeyAgreement = true, Key = KeyAlgorithm.Rsa3072 } },
        { nameof(ModelOptions.ClientAuthentication), new ModelOptions { Model = "3012", ClientAuthentication = false, ServerAuthentication = false } },
        { nameof(ModelOptions.HardwareType), new ModelOptions { Model = "3012", HardwareType = "1.99" } },
        { nameof(ModelOptions.DnsName), new ModelOptions { Model = "3012", DnsName = "the.same.for.all" } },
        { nameof(ModelOptions.DnsName), new ModelOptions { Model = "3012", DnsName = "{machineNumber}.under_score" } },
        { nameof(ModelOptions.Uri), new ModelOptions { Model = "3012", Uri = "no-scheme/{machineNumber}" } },
        { nameof(ModelOptions.CrlUrl), new ModelOptions { Model = "3012", CrlUrl = "ldap://ca.example/" } },
        { nameof(ModelOptions.OcspUrl), new ModelOptions { Model = "3012", OcspUrl = "http://ca.example/{model}" } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void ProfileThatContradictsItself_IsRefusedByTheNameOfItsKey(string key, ModelOptions model)
    {
        var options = new IssuanceOptions { Organization = "O", Models = [model] };
        var problem = Assert.Single(options.Validate(new ValidationContext(options)));
        Assert.Contains(key, problem.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("3012", problem.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void NoExpiryUnderACaThatEnds_IsRefusedAtTheStart()
    {
        var options = new IssuanceOptions { Organization = "O", Models = [new ModelOptions { Model = "3012", NoExpiry = true }] };
        var refused = Assert.Throws<ConfigurationException>(() => new TestIssuer(options));
        Assert.Contains("3012", refused.Message, StringComparison.Ordinal);
        Assert.Contains("NoExpiry", refused.Message, StringComparison.Ordinal);
        using var endless = new TestIssuer(options, TestIssuer.NoExpiry);
        Assert.Equal(CertificateProfile.NoExpiry, endless.Prepare("3012-000001").NotAfter);
    }

    [Fact]
    public void Places_NameTheGenerationAndAnEmptyOneNamesNone()
    {
        using var issuer = new TestIssuer(new IssuanceOptions
        {
            Organization = "O",
            CrlUrl = "http://ca.example/crl/devices-{issuer}.crl",
            OcspUrl = "http://ca.example/ocsp",
            Models = [new ModelOptions { Model = "3012" }, new ModelOptions { Model = "A123", CrlUrl = string.Empty, OcspUrl = "http://other.example/" }],
        });
        var (one, other) = (issuer.Profiles.Of(ModelCode.Parse("3012")), issuer.Profiles.Of(ModelCode.Parse("A123")));
        Assert.Equal(("http://ca.example/crl/devices-1.crl", "http://ca.example/ocsp"), (one.CrlUrl, one.OcspUrl));
        Assert.Equal((null, "http://other.example/"), (other.CrlUrl, other.OcspUrl));
        Assert.NotEmpty(issuer.Issue("A123-000001").ClientCertificate);
    }

    [Fact]
    public async Task Api_TellsEffectiveProfilesAndRulesToAllWhoMayRead()
    {
        await using var ca = await RunningAuthority.StartAsync("--Issuance:Models:1:Key=EcP384", "--Issuance:Models:1:Validity=100.00:00:00", "--Issuance:Models:1:KeyAgreement=true");
        foreach (var role in new[] { "administrator", "approver", "auditor", "operator" })
        {
            var list = await ca.Http(ca.Identity(role)).GetFromJsonAsync<ProfileList>("/api/profiles", JsonForm.Options);
            Assert.Equal(["3012", "A123"], list!.Profiles.Select(profile => profile.Model));
            Assert.True(list.Rules.Count >= 25);
            Assert.Contains(list.Rules, rule => rule is { Name: "RFC5280_4_1_2_2_SerialNumberHasAtMost20Octets", Source: "RFC 5280, 4.1.2.2" });
        }

        var one = await ca.Http(ca.Identity("operator")).GetFromJsonAsync<ProfileDescription>("/api/profiles/A123", JsonForm.Options);
        Assert.Equal((KeyAlgorithm.EcP384, TimeSpan.FromDays(100), "A123", 1), (one!.Key, one.Validity, one.OrganizationalUnit, one.Issuer));
        Assert.Equal(["digitalSignature", "keyAgreement"], one.KeyUsage);
        Assert.Equal(HttpStatusCode.NotFound, (await ca.Http(ca.Identity("operator")).GetAsync("/api/profiles/9999")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await ca.Http(ca.Identity("communication-terminal")).GetAsync("/api/profiles")).StatusCode);
    }
}
