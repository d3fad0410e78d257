using System.Security.Cryptography;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Protocol.Firmware;

/// <summary>The header of an image: whole, signed and unchanged, or refused with <see cref="ErrorCode.InvalidImage"/> (U-20).</summary>
public sealed class ImageHeaderTests
{
    private static readonly byte[] Payload = TestImages.Payload(1000);
    private static readonly byte[] Image = TestImages.Shared.Make(Payload);
    private static readonly byte[] Header = Image[..^Payload.Length];

    [Fact]
    public async Task Image_IsReadUpToItsPayload()
    {
        using var stream = new MemoryStream(Image);
        var header = await ImageHeader.ReadAsync(stream, TestImages.Shared.TrustedKeys, CancellationToken.None);
        Assert.Equal(Header.Length, stream.Position);
        Assert.Equal(Header, header.Bytes.ToArray());
        Assert.Equal(Image.Length, header.ImageLength);
        Assert.Equal(TestImages.Shared.TrustedKeys[0].Id, header.KeyId);
        Assert.Equal(Fingerprint.Of(Payload), header.Manifest.Sha256);
        Assert.Equal("2.0", header.Manifest.Version);
    }

    [Fact]
    public void EveryBitOfAHeader_Counts()
    {
        for (var bit = 0; bit < Header.Length * 8; bit++)
        {
            var changed = (byte[])Header.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            var refused = Assert.Throws<ProvisioningException>(() => ImageHeader.Read(changed).RequireSignature(TestImages.Shared.TrustedKeys));
            Assert.True(refused.Code == ErrorCode.InvalidImage, $"Bit {bit}: {refused.Code}, {refused.Message}");
            var first = Assert.Throws<ProvisioningException>(() => ImageHeader.Read(changed, TestImages.Shared.TrustedKeys));
            Assert.True(bit < ImageHeader.PrefixLength * 8 || first.Message.Contains("sign", StringComparison.Ordinal), $"Bit {bit}: {first.Message}"); // whatever it changes in the manifest
        }
    }

    [Fact]
    public async Task HeaderThatEndsEarly_IsRefusedAtEveryLength()
    {
        for (var length = 0; length < Header.Length; length++)
        {
            using var stream = new MemoryStream(Header, 0, length);
            var refused = await Assert.ThrowsAsync<ProvisioningException>(() => ImageHeader.ReadAsync(stream, CancellationToken.None));
            Assert.True(refused.Code == ErrorCode.InvalidImage, $"{length} bytes: {refused.Message}");
            Assert.Throws<ProvisioningException>(() => ImageHeader.Read(Header.AsSpan(0, length)));
        }
    }

    [Fact]
    public void HeaderWithMoreBehindIt_IsRefused() =>
        Assert.Equal(ErrorCode.InvalidImage, Assert.Throws<ProvisioningException>(() => ImageHeader.Read([.. Header, 0])).Code);

    [Fact]
    public void OtherKey_IsNotTrusted()
    {
        using var other = new TestImages();
        var refused = Assert.Throws<ProvisioningException>(() => ImageHeader.Read(Header).RequireSignature(other.TrustedKeys));
        Assert.Equal(ErrorCode.InvalidImage, refused.Code);
        Assert.Contains(TestImages.Shared.TrustedKeys[0].Id.ToString(), refused.Message, StringComparison.Ordinal);
        ImageHeader.Read(Header).RequireSignature([.. other.TrustedKeys, .. TestImages.Shared.TrustedKeys]);
    }

    [Fact]
    public void OtherKeyUnderTheTrustedOnesName_IsFound()
    {
        using var other = new TestImages();
        var forged = other.Make(Payload)[..^Payload.Length];
        Header.AsSpan(ImageHeader.PrefixLength, 32).CopyTo(forged.AsSpan(ImageHeader.PrefixLength));
        var refused = Assert.Throws<ProvisioningException>(() => ImageHeader.Read(forged).RequireSignature(TestImages.Shared.TrustedKeys));
        Assert.Equal(ErrorCode.InvalidImage, refused.Code);
        Assert.Contains("signature", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SignatureOfTheSameBytesForAnotherPurpose_IsNone()
    {
        var copy = (byte[])Header.Clone();
        TestImages.Shared.Key.SignData(copy.AsSpan(0, copy.Length - 64), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation).CopyTo(copy, copy.Length - 64);
        Assert.Equal(ErrorCode.InvalidImage, Assert.Throws<ProvisioningException>(() => ImageHeader.Read(copy).RequireSignature(TestImages.Shared.TrustedKeys)).Code);
    }

    [Theory]
    [InlineData(1000, null)]
    [InlineData(0, "0 of the 1000 bytes")]
    [InlineData(999, "999 of the 1000 bytes")]
    [InlineData(1001, "more behind the 1000 bytes")]
    [InlineData(300_000, "more behind the 1000 bytes")]
    public async Task Payload_IsWholeWithNothingBehindIt(int length, string? problem)
    {
        using var payload = new MemoryStream([.. Payload[..Math.Min(length, Payload.Length)], .. new byte[Math.Max(0, length - Payload.Length)]]);
        await CheckPayloadAsync(payload, problem);
    }

    [Fact]
    public async Task EveryBitOfThePayload_Counts()
    {
        for (var bit = 0; bit < Payload.Length * 8; bit++)
        {
            var changed = (byte[])Payload.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            using var payload = new MemoryStream(changed);
            await CheckPayloadAsync(payload, "payload was changed");
        }
    }

    [Fact]
    public void KeyOnAnotherCurve_SignsNothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var refused = Assert.Throws<ProvisioningException>(() => ImageHeader.Sign(TestImages.Manifest(Payload), key));
        Assert.Equal(ErrorCode.InvalidImage, refused.Code);
        Assert.Contains("P-256", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LongestManifest_IsTheLimitAndOneByteMoreIsRefused()
    {
        byte[] prefix = [.. "PSIMAGE1"u8, 0, 0, 16, 0];
        Assert.Equal(ImageHeader.MaxLength, ImageHeader.LengthOf(prefix));
        prefix[^1] = 1;
        Assert.Equal(ErrorCode.InvalidImage, Assert.Throws<ProvisioningException>(() => ImageHeader.LengthOf(prefix)).Code);
        prefix.AsSpan(8).Fill(0xff);
        Assert.Contains("4294967295", Assert.Throws<ProvisioningException>(() => ImageHeader.LengthOf(prefix)).Message, StringComparison.Ordinal);
        prefix.AsSpan(8).Clear();
        Assert.Throws<ProvisioningException>(() => ImageHeader.LengthOf(prefix));
    }

    private static async Task CheckPayloadAsync(Stream payload, string? problem)
    {
        var refused = await Record.ExceptionAsync(() => ImageHeader.Read(Header).RequirePayloadAsync(payload, CancellationToken.None));
        if (problem is null)
        {
            Assert.Null(refused);
            return;
        }

        Assert.Equal(ErrorCode.InvalidImage, Assert.IsType<ProvisioningException>(refused).Code);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }
}
