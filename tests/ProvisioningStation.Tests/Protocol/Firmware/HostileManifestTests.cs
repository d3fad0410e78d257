using System.Buffers.Binary;
using System.Security.Cryptography;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Protocol.Firmware;

/// <summary>A header's manifest that somebody made by hand: it is DER with allowed values, or refused with <see cref="ErrorCode.InvalidImage"/>, and nothing else comes out.</summary>
public sealed class HostileManifestTests
{
    private const int Format = 0, Kind = 1, Name = 2, Models = 3, Version = 4, Sequence = 5, Minimum = 6, Rollback = 7, Size = 8, Digest = 9, Expires = 10;

    private static readonly string[] Good =
    [
        "020101", "0a0100", "0c00", "30060c0433303132", "0c03322e30", "020102", "020100", "010100", "020203e8",
        "0420" + string.Concat(Enumerable.Repeat("5a", 32)), "180f32303330313233313233353935395a",
    ];

    /// <summary>What is wrong, the field, and its bytes instead.</summary>
    public static TheoryData<string, int, string> Fields => new()
    {
        { "another format", Format, "020102" },
        { "a negative format", Format, "0201ff" },
        { "a format of 4,000 bytes", Format, "02820fa0" + string.Concat(Enumerable.Repeat("7f", 3990)) },
        { "a leading zero", Format, "02020001" },
        { "an integer without bytes", Format, "0200" },
        { "a length in the long form", Format, "02810101" },
        { "a length with a leading zero", Format, "0282000101" },
        { "an unknown kind", Kind, "0a0102" },
        { "a negative kind", Kind, "0a01ff" },
        { "a huge kind", Kind, "0a09" + "7fffffffffffffffff" },
        { "a kind as an integer", Kind, "020100" },
        { "firmware with a name", Name, "0c0178" },
        { "a name in pieces", Name, "2c030c0178" },
        { "a name that is not UTF-8", Name, "0c02c328" },
        { "an overlong zero", Name, "0c02c080" },
        { "no models", Models, "3000" },
        { "the same model twice", Models, "300c0c04333031320c0433303132" },
        { "65 models", Models, "308201" + "86" + string.Concat(Enumerable.Range(0, 65).Select(number => "0c04" + Hex($"A{number:000}"))) },
        { "a model of five characters", Models, "30070c053330313230" },
        { "a model with a zero behind it", Models, "30070c053330313200" },
        { "a model of another type", Models, "3006130433303132" },
        { "models in a set", Models, "31060c0433303132" },
        { "models nested", Models, "300830060c0433303132" },
        { "models of no definite length", Models, "30800c04333031320000" },
        { "a model that goes on behind its list", Models, "30060c0833303132" },
        { "a version with a line end", Version, "0c04322e300a" },
        { "a version of 33 characters", Version, "0c21" + string.Concat(Enumerable.Repeat("31", 33)) },
        { "an empty version", Version, "0c00" },
        { "sequence 0", Sequence, "020100" },
        { "a negative sequence", Sequence, "0201fe" },
        { "the smallest sequence of 64 bits", Sequence, "02088000000000000000" },
        { "a sequence above 2^53", Sequence, "020720000000000001" },
        { "a sequence of 65 bits", Sequence, "0209010000000000000002" },
        { "a sequence of 2,000 bytes", Sequence, "028207d0" + string.Concat(Enumerable.Repeat("11", 2000)) },
        { "a negative sequence of 2,000 bytes", Sequence, "028207d0" + string.Concat(Enumerable.Repeat("88", 2000)) },
        { "a negative floor", Minimum, "0201ff" },
        { "a floor above its own sequence", Minimum, "020103" },
        { "a boolean that is neither", Rollback, "010101" },
        { "a boolean of two bytes", Rollback, "0102ffff" },
        { "a payload of nothing", Size, "020100" },
        { "a negative payload", Size, "0202fc18" },
        { "a payload above 2^40", Size, "0206010000000001" },
        { "a digest of 31 bytes", Digest, "041f" + string.Concat(Enumerable.Repeat("5a", 31)) },
        { "a digest of 33 bytes", Digest, "0421" + string.Concat(Enumerable.Repeat("5a", 33)) },
        { "a digest of nothing", Digest, "0400" },
        { "a digest in pieces", Digest, "2422" + "0420" + string.Concat(Enumerable.Repeat("5a", 32)) },
        { "a time with a fraction", Expires, "1811" + Hex("20301231235959.5Z") },
        { "a time without seconds", Expires, "180d" + Hex("203012312359Z") },
        { "a time of another zone", Expires, "1813" + Hex("20301231235959+0900") },
        { "a time of no zone", Expires, "180e" + Hex("20301231235959") },
        { "a month 13", Expires, "180f" + Hex("20301331235959Z") },
        { "a day that is none", Expires, "180f" + Hex("20300230235959Z") },
        { "a year 0", Expires, "180f" + Hex("00000101000000Z") },
        { "a time of two digits for the year", Expires, "170d" + Hex("301231235959Z") },
        { "null instead of no time", Expires, "0500" },
    };

    /// <summary>Whole manifests.</summary>
    public static TheoryData<string, string> Manifests => new()
    {
        { "zeros", "00000000" },
        { "an empty sequence", "3000" },
        { "one byte", "30" },
        { "a length that ends early", "3082" },
        { "a length of 4 GB", "3084ffffffff" },
        { "a length of 2^63", "30887fffffffffffffff" },
        { "a length of 127 bytes", "30ff" + string.Concat(Enumerable.Repeat("ff", 127)) },
        { "no definite length", "3080" + string.Concat(Good) + "0000" },
        { "a set", "31" + Sequenced(Good)[2..] },
        { "nested a thousand times", Nested(1000) },
        { "never closed", string.Concat(Enumerable.Repeat("3080", 2000)) },
        { "more behind it", Sequenced(Good) + "0500" },
        { "a zero behind it", Sequenced(Good) + "00" },
        { "more in it", Sequenced([.. Good, "0500"]) },
        { "two ends", Sequenced([.. Good, Good[Expires]]) },
        { "a field that nobody knows", Sequenced([.. Good[..Expires], "a0030c0178"]) },
        { "fields in another order", Sequenced([Good[Kind], Good[Format], .. Good[Name..]]) },
        { "nothing but a format", Sequenced("020101") },
        { "only unused bits", "0382100000" + string.Concat(Enumerable.Repeat("00", 4091)) },
    };

    [Fact]
    public void ManifestThatTheseAreMadeFrom_IsRead()
    {
        Assert.Equal("2.0", Read(Sequenced(Good)).Version);
        Assert.Null(Read(Sequenced(Good[..Expires])).Expires);
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void Field_IsRefused(string what, int field, string bytes) => Refuse(what, Sequenced([.. Good[..field], bytes, .. Good[(field + 1)..]]));

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Manifest_IsRefused(string what, string bytes) => Refuse(what, bytes);

    /// <summary>Who has keys parses nothing that none of them signed: whatever the manifest is, it is refused for its signature.</summary>
    [Theory]
    [MemberData(nameof(Manifests))]
    public void ManifestThatNobodySigned_IsRefusedForItsSignature(string what, string bytes)
    {
        var header = Header(bytes);
        var unknown = Assert.Throws<ProvisioningException>(() => ImageHeader.Read(header, TestImages.Shared.TrustedKeys));
        Assert.Contains("a key that is not trusted here", unknown.Message, StringComparison.Ordinal);
        Convert.FromHexString(TestImages.Shared.TrustedKeys[0].Id.ToString()).CopyTo(header, ImageHeader.PrefixLength);
        var forged = Assert.Throws<ProvisioningException>(() => ImageHeader.Read(header, TestImages.Shared.TrustedKeys));
        Assert.Contains("signature does not fit", forged.Message, StringComparison.Ordinal);
        Assert.True(unknown.Code == ErrorCode.InvalidImage && forged.Code == ErrorCode.InvalidImage, what);
    }

    /// <summary>The maker's own mistake is named as what it is.</summary>
    [Theory]
    [MemberData(nameof(Manifests))]
    public void ManifestThatIsSignedAllTheSame_IsRefusedForWhatItSays(string what, string bytes)
    {
        var header = Header(bytes);
        Convert.FromHexString(TestImages.Shared.TrustedKeys[0].Id.ToString()).CopyTo(header, ImageHeader.PrefixLength);
        TestImages.Shared.Key.SignData([.. "ProvisioningStation image 1\0"u8, .. header.AsSpan(0, header.Length - 64)], HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation).CopyTo(header, header.Length - 64);
        var refused = Assert.Throws<ProvisioningException>(() => ImageHeader.Read(header, TestImages.Shared.TrustedKeys));
        Assert.True(refused.Code == ErrorCode.InvalidImage, what);
        Assert.DoesNotContain("sign", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FieldThatIsMissing_IsRefused()
    {
        for (var field = 0; field < Expires; field++)
            Refuse($"no field {field}", Sequenced([.. Good[..field], .. Good[(field + 1)..]]));
    }

    [Fact]
    public async Task ChangedHeader_IsRefusedOrSaysTheSameInTheSameBytes()
    {
        var header = ImageHeader.Sign(TestImages.Manifest([1]) with { Models = [ModelCode.Parse("3012"), ModelCode.Parse("A123")], Expires = DateTimeOffset.UnixEpoch }, TestImages.Shared.Key).Bytes.ToArray();
        await FuzzRun.Over([header, Header(Sequenced(Good))], changed =>
        {
            try
            {
                var read = ImageHeader.Read(changed);
                Assert.Equal(read.Manifest.ToDer(), changed[44..^64]);
                if (!changed.AsSpan().SequenceEqual(header))
                    Assert.Throws<ProvisioningException>(() => read.RequireSignature(TestImages.Shared.TrustedKeys));
            }
            catch (ProvisioningException refused)
            {
                Assert.Equal(ErrorCode.InvalidImage, refused.Code);
                Assert.InRange(refused.Message.Length, 1, 400);
            }
        });
    }

    private static void Refuse(string what, string manifest)
    {
        var refused = Record.Exception(() => Read(manifest));
        Assert.True(refused is ProvisioningException { Code: ErrorCode.InvalidImage }, $"{what}: {refused}");
        Assert.InRange(refused.Message.Length, 1, 400);
    }

    private static ImageManifest Read(string manifest) => ImageHeader.Read(Header(manifest)).Manifest;

    private static byte[] Header(string manifest)
    {
        var bytes = Convert.FromHexString(manifest);
        var header = new byte[44 + bytes.Length + 64];
        "PSIMAGE1"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), bytes.Length);
        bytes.CopyTo(header, 44);
        return header;
    }

    private static string Hex(string text) => Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(text));

    private static string Sequenced(params IReadOnlyList<string> fields) => Tagged("30", string.Concat(fields));

    private static string Nested(int times)
    {
        var bytes = "0500";
        for (var level = 0; level < times && bytes.Length < 8000; level++)
            bytes = Tagged("30", bytes);
        return bytes;
    }

    private static string Tagged(string tag, string content) => (content.Length / 2) switch
    {
        < 0x80 and var length => $"{tag}{length:x2}{content}",
        < 0x100 and var length => $"{tag}81{length:x2}{content}",
        var length => $"{tag}82{length:x4}{content}",
    };
}
