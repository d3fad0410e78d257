using System.Security.Cryptography;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Protocol.Firmware;

/// <summary>The keys that images are checked with: those of a PEM file, all of the right kind, or none.</summary>
public sealed class FirmwareKeyTests
{
    /// <summary>One key on P-256, as OpenSSL writes it with <c>-ec_param_enc explicit</c>: the curve's numbers instead of its name, which anybody could choose otherwise.</summary>
    private const string Explicit = """
        -----BEGIN PUBLIC KEY-----
        MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA
        AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////
        ///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd
        NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5
        RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA
        //////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABAHA/K7UeNGzsMr9Bv3WsBJU
        LN2hr7PTAf0++tMeYTQj1iud/mrqB3gj8j6AGZ4Qgja97FKn/AbfrT9eUvy3DvM=
        -----END PUBLIC KEY-----
        """;

    /// <summary>The same key with its point compressed (<c>-conv_form compressed</c>).</summary>
    private const string Compressed = """
        -----BEGIN PUBLIC KEY-----
        MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADAcD8rtR40bOwyv0G/dawElQs3aGv
        s9MB/T760x5hNCM=
        -----END PUBLIC KEY-----
        """;

    public static TheoryData<string, string> NoKeys => new()
    {
        { "nothing", string.Empty },
        { "text", "The keys will follow." },
        { "a private key", PrivateKey() },
        { "a certificate", TestPki.Shared.Root.ExportCertificatePem() },
        { "half a key", TestImages.Shared.PublicKeyPem[..100] },
        { "no DER", PemEncoding.WriteString("PUBLIC KEY", [1, 2, 3]) },
        { "P-384", OnCurve(ECCurve.NamedCurves.nistP384) },
        { "P-521", OnCurve(ECCurve.NamedCurves.nistP521) },
        { "RSA", Rsa() },
        { "explicit curve", Explicit },
        { "compressed point", Compressed },
        { "bytes behind it", PemEncoding.WriteString("PUBLIC KEY", [.. TestImages.Shared.Key.ExportSubjectPublicKeyInfo(), 0]) },
        { "a good one and one that is not", TestImages.Shared.PublicKeyPem + OnCurve(ECCurve.NamedCurves.nistP384) },
    };

    [Theory]
    [MemberData(nameof(NoKeys))]
    public void WhatIsNoSuchKey_IsRefused(string what, string pem)
    {
        var refused = Assert.Throws<ProvisioningException>(() => FirmwareKey.ReadPem(pem));
        Assert.True(refused.Code == ErrorCode.InvalidImage, $"{what}: {refused.Code}");
    }

    [Fact]
    public void SeveralKeysInAText_AreAllRead()
    {
        using var second = new TestImages();
        var keys = FirmwareKey.ReadPem($"The first, of 2026:\n{TestImages.Shared.PublicKeyPem}\nIts successor:\r\n{second.PublicKeyPem}");
        Assert.Equal([TestImages.Shared.TrustedKeys[0].Id, second.TrustedKeys[0].Id], keys.Select(key => key.Id));
        Assert.Equal(Fingerprint.Of(second.Key.ExportSubjectPublicKeyInfo()), keys[1].Id);
        byte[] data = [1, 2, 3];
        var signature = second.Key.SignData(data, HashAlgorithmName.SHA256);
        Assert.Equal([false, true], keys.Select(key => key.Verify(data, signature)));
        foreach (var key in keys)
            key.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(72)]
    public void SignatureOfAnotherLength_IsNone(int length) => Assert.False(TestImages.Shared.TrustedKeys[0].Verify([1], new byte[length]));

    /// <summary>r and s of 0, of the group's order and above it fit no data; implementations that forgot to look took them for any (CVE-2022-21449).</summary>
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void SignatureOutsideTheGroup_IsNone(string number)
    {
        byte[] data = [1, 2, 3];
        var good = TestImages.Shared.Key.SignData(data, HashAlgorithmName.SHA256);
        var bad = Convert.FromHexString(number);
        Assert.True(TestImages.Shared.TrustedKeys[0].Verify(data, good));
        Assert.All([[.. bad, .. bad], [.. good[..32], .. bad], [.. bad, .. good[32..]]], (byte[] signature) => Assert.False(TestImages.Shared.TrustedKeys[0].Verify(data, signature)));
    }

    private static string OnCurve(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        return key.ExportSubjectPublicKeyInfoPem();
    }

    private static string Rsa()
    {
        using var key = RSA.Create(2048);
        return key.ExportSubjectPublicKeyInfoPem();
    }

    private static string PrivateKey() => TestImages.Shared.Key.ExportPkcs8PrivateKeyPem();
}
