using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Protocol;
using Xunit;

namespace ProvisioningStation.Tests.CertificateAuthority;

/// <summary>The last look before the signature: nothing but what the profile says gets through.</summary>
public sealed class ToBeSignedCheckTests : IDisposable
{
    private readonly TestIssuer _issuer = new(new IssuanceOptions
    {
        Organization = "Example Manufacturing",
        Models = [new ModelOptions { Model = "3012" }, new ModelOptions { Model = "A123", Validity = TimeSpan.FromDays(10) }],
        CrlUrl = "http://crl.example/devices.crl",
        OcspUrl = "http://ocsp.example/",
    });

    public void Dispose() => _issuer.Dispose();

    [Fact]
    public void WhatTheTemplateMakes_Passes() => Require(_issuer.Prepare("3012-000001"));

    [Fact]
    public void EveryChangedOctet_IsRefused()
    {
        var record = _issuer.Prepare("3012-000001");
        var times = IndexOfValidity(record.ToBeSigned);
        for (var i = 0; i < record.ToBeSigned.Length; i++)
        {
            if (times.Contains(i))
                continue; // another time inside the limits is allowed
            for (var bit = 0; bit < 8; bit++)
            {
                record.ToBeSigned[i] ^= (byte)(1 << bit);
                Assert.Equal(ErrorCode.ProfileViolation, Assert.Throws<ProvisioningException>(() => Require(record)).Code);
                record.ToBeSigned[i] ^= (byte)(1 << bit);
            }
        }

        Require(record);
    }

    [Fact]
    public void AnotherMachinesContent_IsRefused()
    {
        var (one, other) = (_issuer.Prepare("3012-000001"), _issuer.Prepare("3012-000002"));
        Assert.Throws<ProvisioningException>(() => ToBeSignedCheck.Require(other.ToBeSigned, Profile("3012"), one.MachineNumber, other.SerialNumber, PublicKeyOf(other)));
        Assert.Throws<ProvisioningException>(() => ToBeSignedCheck.Require(one.ToBeSigned, Profile("3012"), one.MachineNumber, other.SerialNumber, PublicKeyOf(one)));
        Assert.Throws<ProvisioningException>(() => ToBeSignedCheck.Require(one.ToBeSigned, Profile("3012"), one.MachineNumber, one.SerialNumber, PublicKeyOf(other)));
    }

    [Fact]
    public void ValidityBeyondTheProfiles_IsRefused()
    {
        var record = _issuer.Prepare("3012-000001");
        var strict = With(content => content with { Validity = TimeSpan.FromDays(10) });
        Assert.Throws<ProvisioningException>(() => ToBeSignedCheck.Require(record.ToBeSigned, strict, record.MachineNumber, record.SerialNumber, PublicKeyOf(record)));
    }

    [Fact]
    public void AnExtensionMissingOrTooMany_IsRefused()
    {
        var record = _issuer.Prepare("3012-000001");
        foreach (var other in new Func<ModelProfile, ModelProfile>[]
        {
            content => content with { CrlUrl = null },
            content => content with { OcspUrl = null },
            content => content with { OcspUrl = "http://other.example/" },
            content => content with { CaIssuersUrl = "http://other.example/" },
            content => content with { DnsName = "{machineNumber}.example" },
            content => content with { HardwareType = "1.3.6.1.4.1.32473.1" },
            content => content with { KeyAgreement = true },
            content => content with { ServerAuthentication = false },
        })
            Assert.Throws<ProvisioningException>(() => ToBeSignedCheck.Require(record.ToBeSigned, With(other), record.MachineNumber, record.SerialNumber, PublicKeyOf(record)));
    }

    [Fact]
    public void ExpiredIssuer_MakesNothing() =>
        Assert.Throws<ProvisioningException>(() => _issuer.Packs.Prepare([MachineNumber.Parse("3012-000001")], DateTimeOffset.UtcNow.AddYears(45)));

    [Fact]
    public void KeyOfAnotherForm_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var foreign = key.ExportPkcs8PrivateKey();
        Assert.Throws<CryptographicException>(() => EcKey.PointIn(foreign));
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("RSA-2048")]
    [InlineData("RSA-3072")]
    public void GivenPublicKey_IsSignedAndNoPrivateKeyComesWithIt(string algorithm)
    {
        var given = MakePublicKey(algorithm);
        var made = _issuer.Packs.Prepare([MachineNumber.Parse("3012-000001")], [given], DateTimeOffset.UtcNow);
        _issuer.Packs.Check(made);
        _issuer.Packs.Sign(made);
        var pack = _issuer.Packs.ToPacks(made).Single();
        Assert.Null(pack.PrivateKey);
        Assert.Null(made[0].WrappedKey);
        using var certificate = X509CertificateLoader.LoadCertificate(pack.ClientCertificate);
        Assert.Equal(given, certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void AnotherKeyThanTheGivenOne_IsRefused()
    {
        var made = _issuer.Packs.Prepare([MachineNumber.Parse("3012-000001")], [MakePublicKey("P-384")], DateTimeOffset.UtcNow);
        made[0].GivenPublicKey = MakePublicKey("P-384");
        Assert.Equal(ErrorCode.ProfileViolation, Assert.Throws<ProvisioningException>(() => _issuer.Packs.Check(made)).Code);
        made[0].GivenPublicKey = null;
        Assert.Equal(ErrorCode.Internal, Assert.Throws<ProvisioningException>(() => _issuer.Packs.Check(made)).Code);
    }

    private static byte[] MakePublicKey(string algorithm)
    {
        using AsymmetricAlgorithm key = algorithm switch
        {
            "P-256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            "P-384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            "RSA-2048" => RSA.Create(2048),
            _ => RSA.Create(3072),
        };
        return key.ExportSubjectPublicKeyInfo();
    }

    private static byte[] PublicKeyOf(CertificateRecord record)
    {
        var info = new byte[EcKey.PublicKeyInfoSize];
        EcKey.ToPublicKeyInfo(EcKey.PointIn(record.PrivateKey), info);
        return info;
    }

    private CertificateProfile With(Func<ModelProfile, ModelProfile> change) => new(_issuer.Ca, change(Profile("3012").Content));

    private CertificateProfile Profile(string model) => _issuer.Profiles.Of(ModelCode.Parse(model));

    private void Require(CertificateRecord record) => ToBeSignedCheck.Require(
        record.ToBeSigned, Profile("3012"), record.MachineNumber, record.SerialNumber, PublicKeyOf(record));

    private HashSet<int> IndexOfValidity(byte[] toBeSigned)
    {
        var subject = _issuer.Ca.Subject.Span;
        var validity = toBeSigned.AsSpan().IndexOf(subject) + subject.Length;
        return [.. Enumerable.Range(validity, 2 + toBeSigned[validity + 1])];
    }
}
