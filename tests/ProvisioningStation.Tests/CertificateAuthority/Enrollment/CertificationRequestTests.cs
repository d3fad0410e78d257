using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Security;
using ProvisioningStation.CertificateAuthority.Enrollment;
using ProvisioningStation.Protocol;
using Xunit;
using BigInteger = System.Numerics.BigInteger;

namespace ProvisioningStation.Tests.CertificateAuthority.Enrollment;

/// <summary>Which certification requests are taken, and that every other one is refused with the reason.</summary>
public sealed class CertificationRequestTests : IDisposable
{
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string Subject = "CN=3012-000001, SERIALNUMBER=3012-000001";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("nistP256", "SHA256", "EC P-256")]
    [InlineData("nistP256", "SHA384", "EC P-256")]
    [InlineData("nistP384", "SHA384", "EC P-384")]
    public void EcRequest_IsRead(string curve, string hash, string name)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        var request = CertificationRequest.Read(BoardMade.Request(Subject, key, new HashAlgorithmName(hash)));
        Assert.Equal(name, request.PublicKey.Name);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), request.PublicKey.SubjectPublicKeyInfo);
        Assert.Equal("3012-000001", request.Subject.RequireMachineNumber().ToString());
    }

    [Theory]
    [InlineData(2048, "SHA256")]
    [InlineData(3072, "SHA384")]
    [InlineData(2048, "SHA512")]
    public void RsaRequest_IsRead(int bits, string hash)
    {
        using var key = RSA.Create(bits);
        var request = CertificationRequest.Read(BoardMade.Request(Subject, key, new HashAlgorithmName(hash)));
        Assert.Equal($"RSA-{bits}", request.PublicKey.Name);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), request.PublicKey.SubjectPublicKeyInfo);
    }

    [Fact]
    public void RequestWithoutSubject_IsRead()
    {
        var request = CertificationRequest.Read(BoardMade.Request(string.Empty, _key));
        Assert.True(request.Subject.IsEmpty);
        request.Subject.RequireNothingElseThan(MachineNumber.Parse("3012-000001"));
    }

    [Fact]
    public void RequestWithExtensionsAndAPassword_IsRead()
    {
        var made = new CertificateRequest(Subject, _key, HashAlgorithmName.SHA256);
        made.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        made.OtherRequestAttributes.Add(new AsnEncodedData(new Oid("1.2.840.113549.1.9.7"), [0x13, 1, 0x78]));
        Assert.Equal("EC P-256", CertificationRequest.Read(made.CreateSigningRequest()).PublicKey.Name);
    }

    [Fact]
    public void SignatureOfAnotherKey_IsRefused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Refused("has not shown that it holds the private key", BoardMade.ByHand(other, _key.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public void EveryChangedBit_IsRefused()
    {
        var request = BoardMade.Request(Subject, _key);
        for (var bit = 0; bit < request.Length * 8; bit++)
        {
            var changed = (byte[])request.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(ErrorCode.InvalidCertificateRequest, Assert.Throws<ProvisioningException>(() => CertificationRequest.Read(changed)).Code);
        }
    }

    [Fact]
    public void EveryTruncation_IsRefused()
    {
        var request = BoardMade.Request(Subject, _key);
        for (var length = 0; length < request.Length; length++)
            Assert.Equal(ErrorCode.InvalidCertificateRequest, Assert.Throws<ProvisioningException>(() => CertificationRequest.Read(request.AsMemory(0, length))).Code);
    }

    [Fact]
    public void TrailingOctet_IsRefused() => Refused("something follows it", [.. BoardMade.Request(Subject, _key), 0]);

    [Fact]
    public void RequestThatIsTooLarge_IsRefusedUnread() => Refused("the most is 8192", new byte[CertificationRequest.MaxSize + 1]);

    [Theory]
    [InlineData("1.2.840.10045.4.1", "ECDSA with SHA-1")]
    [InlineData("1.2.840.113549.1.1.4", "RSA with MD5")]
    [InlineData("1.2.840.113549.1.1.5", "RSA with SHA-1")]
    [InlineData("1.2.3.4.5", "1.2.3.4.5")]
    [InlineData("1.2.840.113549.1.1.11", "another kind of key")]
    public void OtherSignatureAlgorithm_IsRefusedByName(string algorithm, string said) =>
        Refused(said, BoardMade.ByHand(_key, _key.ExportSubjectPublicKeyInfo(), algorithm: algorithm));

    [Fact]
    public void OtherVersion_IsRefused() => Refused("version", BoardMade.ByHand(_key, _key.ExportSubjectPublicKeyInfo(), version: 1));

    [Fact]
    public void ChangeOfSubject_IsRefused()
    {
        var attribute = new AsnWriter(AsnEncodingRules.DER);
        using (attribute.PushSequence())
        {
            attribute.WriteObjectIdentifier("1.3.6.1.5.5.7.7.36");
            using (attribute.PushSetOf())
            using (attribute.PushSequence())
                attribute.WriteNull();
        }

        Refused("ChangeSubjectName", BoardMade.ByHand(_key, _key.ExportSubjectPublicKeyInfo(), attribute: attribute.Encode()));
    }

    [Fact]
    public void PointOffTheCurve_IsRefused()
    {
        var point = _key.ExportSubjectPublicKeyInfo()[^65..];
        point[^1] ^= 1;
        Refused("no point of EC P-256", BoardMade.ByHand(_key, BoardMade.Ec(P256, point)));
        Refused("no point of EC P-256", BoardMade.ByHand(_key, BoardMade.Ec(P256, [4, .. new byte[64]])));
        Refused("no point of EC P-256", BoardMade.ByHand(_key, BoardMade.Ec(P256, [4, .. Enumerable.Repeat((byte)0xff, 64)])));
    }

    [Fact]
    public void PointInAnotherForm_IsRefused()
    {
        var point = _key.ExportSubjectPublicKeyInfo()[^65..];
        Refused("uncompressed", BoardMade.ByHand(_key, BoardMade.Ec(P256, [2, .. point[1..33]])));
        Refused("uncompressed", BoardMade.ByHand(_key, BoardMade.Ec(P256, [0])));
        Refused("uncompressed", BoardMade.ByHand(_key, BoardMade.Ec("1.3.132.0.34", point)));
    }

    [Fact]
    public void OtherCurve_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        Refused("1.3.132.0.35", BoardMade.Request(Subject, key));
    }

    [Fact]
    public void CurveThatIsDescribed_IsRefused() =>
        Refused("describes one", BoardMade.ByHand(_key, BoardMade.Ec(null, _key.ExportSubjectPublicKeyInfo()[^65..])));

    [Theory]
    [InlineData(1024)]
    [InlineData(2040)]
    [InlineData(4104)]
    public void RsaKeyOfAnotherLength_IsRefused(int bits) => Weak($"has {bits} bits", Random(bits), 65537);

    [Theory]
    [InlineData(3)]
    [InlineData(65535)]
    [InlineData(65538)]
    public void RsaKeyWithAnotherExponent_IsRefused(int exponent) => Weak("exponent", Random(2048), exponent);

    [Fact]
    public void RsaKeyWithASmallFactor_IsRefused()
    {
        Weak("small factor", Random(2048) & ~BigInteger.One, 65537);
        var prime = Prime(2040);
        Weak("small factor", prime * 251, 65537);
    }

    [Fact]
    public void RsaKeyWithCloseFactors_IsRefused()
    {
        var prime = new Org.BouncyCastle.Math.BigInteger(1, Prime(1025).ToByteArray(isUnsigned: true, isBigEndian: true));
        Weak("lie so close together", Number(prime.Multiply(prime.NextProbablePrime())), 65537);
    }

    [Fact]
    public void RsaKeyOfTheWeakChips_IsRefused()
    {
        // p = k · M + 65537^a mod M for the product M of the first primes (Nemec et al., 2017): so is the modulus, whatever a is.
        var product = Enumerable.Range(2, 700).Where(number => Enumerable.Range(2, number - 2).All(divisor => number % divisor != 0)).Aggregate(BigInteger.One, (all, prime) => all * prime);
        BigInteger Factor()
        {
            while (true)
            {
                var factor = ((Random(1024) / product) * product) + BigInteger.ModPow(65537, Random(64), product);
                if (factor.GetBitLength() == 1024 && new Org.BouncyCastle.Math.BigInteger(1, factor.ToByteArray(true, true)).IsProbablePrime(20))
                    return factor;
            }
        }

        var modulus = BigInteger.Zero;
        while (modulus.GetBitLength() != 2048)
            modulus = Factor() * Factor();
        Weak("CVE-2017-15361", modulus, 65537);
    }

    [Fact]
    public void KeyThatBouncyCastleMade_IsRead()
    {
        var generator = new RsaKeyPairGenerator();
        generator.Init(new Org.BouncyCastle.Crypto.Parameters.RsaKeyGenerationParameters(Org.BouncyCastle.Math.BigInteger.ValueOf(65537), new SecureRandom(), 2048, 100));
        var pair = generator.GenerateKeyPair();
        var request = new Org.BouncyCastle.Pkcs.Pkcs10CertificationRequest("SHA256withRSA", new Org.BouncyCastle.Asn1.X509.X509Name("CN=3012-000001"), pair.Public, null, pair.Private);
        Assert.Equal("RSA-2048", CertificationRequest.Read(request.GetDerEncoded()).PublicKey.Name);
    }

    [Theory]
    [InlineData("CN=3012-000002")]
    [InlineData("CN=3012-000001, SERIALNUMBER=3012-000002")]
    [InlineData("CN=board")]
    [InlineData("O=Example")]
    public void SubjectThatNamesAnother_IsRefused(string subject)
    {
        var request = CertificationRequest.Read(BoardMade.Request(subject, _key));
        var refused = Assert.Throws<ProvisioningException>(() => request.Subject.RequireNothingElseThan(MachineNumber.Parse("3012-000001")));
        Assert.Equal(ErrorCode.InvalidCertificateRequest, refused.Code);
    }

    [Fact]
    public void SubjectsThatDifferInTheirEncodingOnly_SayTheSame()
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.Add("2.5.4.3", "3012-000001", UniversalTagNumber.PrintableString);
        var printable = RequestedName.Read(builder.Build().RawData);
        Assert.True(printable.Says(RequestedName.Read(new X500DistinguishedName("CN=3012-000001").RawData)));
        Assert.False(printable.Says(RequestedName.Read(new X500DistinguishedName("CN=3012-000001, O=x").RawData)));
    }

    private static BigInteger Random(int bits)
    {
        var bytes = RandomNumberGenerator.GetBytes(bits / 8);
        bytes[0] |= 0x80;
        bytes[^1] |= 1;
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    private static BigInteger Prime(int bits) => Number(Org.BouncyCastle.Math.BigInteger.ProbablePrime(bits, new SecureRandom()));

    private static BigInteger Number(Org.BouncyCastle.Math.BigInteger number) => new(number.ToByteArrayUnsigned(), isUnsigned: true, isBigEndian: true);

    private void Weak(string said, BigInteger modulus, int exponent) =>
        Refused(said, BoardMade.ByHand(_key, BoardMade.Rsa(modulus.ToByteArray(isUnsigned: true, isBigEndian: true), new BigInteger(exponent).ToByteArray(isUnsigned: true, isBigEndian: true))));

    private static void Refused(string said, byte[] request)
    {
        var refused = Assert.Throws<ProvisioningException>(() => CertificationRequest.Read(request));
        Assert.Equal(ErrorCode.InvalidCertificateRequest, refused.Code);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }
}
