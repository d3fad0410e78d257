using System.Text.RegularExpressions;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Lint;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority.Lint;

/// <summary>Every rule refuses what breaks it, by its name, and nothing that is right is refused.</summary>
public sealed partial class CertificateLintTests : IClassFixture<GoodCertificates>
{
    private readonly GoodCertificates _good;

    public CertificateLintTests(GoodCertificates good) => _good = good;

    public static TheoryData<string> Cases => [.. BreakingCases.All.Keys];

    public static TheoryData<string> Bases => [.. BreakingCases.All.Values.Select(one => one.Base).Distinct()];

    [Fact]
    public void EveryRule_HasABreakingCaseAndAReadableName()
    {
        Assert.Equal(CertificateLint.Rules.Select(rule => rule.Name).Order(StringComparer.Ordinal), BreakingCases.All.Keys.Order(StringComparer.Ordinal));
        Assert.True(CertificateLint.Rules.Count >= 25);
        Assert.All(CertificateLint.Rules, rule =>
        {
            Assert.Matches(NameForm(), rule.Name);
            Assert.Matches(SourceForm(), rule.Source);
            Assert.EndsWith(".", rule.Text, StringComparison.Ordinal);
        });
    }

    [Theory]
    [MemberData(nameof(Bases))]
    public void GoodCertificate_BreaksNoRule(string name)
    {
        var (toBeSigned, signer, kind) = _good[name];
        Assert.Empty(CertificateLint.Broken(toBeSigned, signer, kind).Select(rule => rule.Name));
        Assert.Equal(toBeSigned, new TbsNode(toBeSigned).Encode());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void BrokenRule_IsNamedAndNoOtherOne(string rule)
    {
        var (from, change) = BreakingCases.All[rule];
        var (toBeSigned, signer, kind) = _good[from];
        var fields = new TbsNode(toBeSigned);
        change(fields);
        Assert.Equal([rule], CertificateLint.Broken(fields.Encode(), signer, kind).Select(broken => broken.Name));
        var refused = Assert.Throws<ProvisioningException>(() => CertificateLint.Require(fields.Encode(), signer, kind));
        Assert.Equal(ErrorCode.ProfileViolation, refused.Code);
        Assert.Contains(rule, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void DeviceCertificateThatBreaksARule_IsNotSigned(string rule)
    {
        var (from, change) = BreakingCases.All[rule];
        if (from == "authority")
            return;
        var (issuer, good) = _good.Device(from);
        var fields = new TbsNode(good.ToBeSigned);
        change(fields);
        var bad = new CertificateRecord
        {
            MachineNumber = good.MachineNumber,
            SerialNumber = good.SerialNumber,
            Issuer = good.Issuer,
            NotAfter = good.NotAfter,
            Profile = good.Profile,
            PrivateKey = good.PrivateKey,
            ToBeSigned = fields.Encode(),
        };
        Assert.Contains(rule, Assert.Throws<ProvisioningException>(() => issuer.Packs.Check([bad])).Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever octet is changed, cut or added: an answer, never another exception.</summary>
    [Fact]
    public void DamagedOctets_NeverEscapeAsAnotherError()
    {
        var random = new Random(20_261_121);
        var (toBeSigned, signer, kind) = _good["ec"];
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = toBeSigned[..random.Next(i % 3 == 0 ? 0 : toBeSigned.Length, toBeSigned.Length + 1)];
            for (var changes = random.Next(1, 4); changes > 0 && damaged.Length > 0; changes--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            Assert.NotNull(CertificateLint.Broken(damaged, signer, kind));
        }
    }

    [GeneratedRegex("^(RFC[0-9]+|X690|CABF|IEEE8021AR)(_[0-9A]+)+_[A-Z][A-Za-z0-9]+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NameForm();

    [GeneratedRegex("^(RFC [0-9]+|ITU-T X.690|IEEE 802.1AR|CA/Browser Forum Baseline Requirements), [0-9A]+(\\.[0-9]+)*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SourceForm();
}
