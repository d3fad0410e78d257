using System.Security.Cryptography;
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
                Assert.Equal(ErrorCode.Internal, Assert.Throws<ProvisioningException>(() => Require(record)).Code);
                record.ToBeSigned[i] ^= (byte)(1 << bit);
            }
        }

        Require(record);
    }

    [Fact]
    public void AnotherMachinesContent_IsRefused()
    {
        var (one, other) = (_issuer.Prepare("3012-000001"), _issuer.Prepare("3012-000002"));
        Assert.Throws<ProvisioningException>(() => ToBeSignedCheck.Require(other.ToBeSigned, Profile("3012"), one.MachineNumber, other.SerialNumber, EcKey.PointIn(other.PrivateKey)));
        Assert.Throws<ProvisioningException>(() => ToBeSignedCheck.Require(one.ToBeSigned, Profile("3012"), one.MachineNumber, other.SerialNumber, EcKey.PointIn(one.PrivateKey)));
        Assert.Throws<ProvisioningException>(() => ToBeSignedCheck.Require(one.ToBeSigned, Profile("3012"), one.MachineNumber, one.SerialNumber, EcKey.PointIn(other.PrivateKey)));
    }

    [Fact]
    public void ValidityBeyondTheProfiles_IsRefused()
    {
        var record = _issuer.Prepare("3012-000001");
        var strict = Profile("3012") with { Validity = TimeSpan.FromDays(10) };
        Assert.Throws<ProvisioningException>(() => ToBeSignedCheck.Require(record.ToBeSigned, strict, record.MachineNumber, record.SerialNumber, EcKey.PointIn(record.PrivateKey)));
    }

    [Fact]
    public void AnExtensionMissingOrTooMany_IsRefused()
    {
        var record = _issuer.Prepare("3012-000001");
        foreach (var other in new[] { Profile("3012") with { CrlUrl = null }, Profile("3012") with { OcspUrl = null }, Profile("3012") with { OcspUrl = "http://other.example/" } })
            Assert.Throws<ProvisioningException>(() => ToBeSignedCheck.Require(record.ToBeSigned, other, record.MachineNumber, record.SerialNumber, EcKey.PointIn(record.PrivateKey)));
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

    private CertificateProfile Profile(string model) => _issuer.Profiles.Of(ModelCode.Parse(model));

    private void Require(CertificateRecord record) => ToBeSignedCheck.Require(
        record.ToBeSigned, Profile("3012"), record.MachineNumber, record.SerialNumber, EcKey.PointIn(record.PrivateKey));

    private HashSet<int> IndexOfValidity(byte[] toBeSigned)
    {
        var subject = _issuer.Ca.Subject.Span;
        var validity = toBeSigned.AsSpan().IndexOf(subject) + subject.Length;
        return [.. Enumerable.Range(validity, 2 + toBeSigned[validity + 1])];
    }
}
