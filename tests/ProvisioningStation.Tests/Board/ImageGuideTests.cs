using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;
using ProvisioningStation.SystemTests.Fixtures;
using ProvisioningStation.Tests.Fixtures;
using Xunit;

namespace ProvisioningStation.Tests.Board;

/// <summary>
/// The image in the board's README, which was signed once and whose private key is gone: what is said there of its bytes is true, the programs take it, and OpenSSL does. A change of the format that would leave
/// boards and images of today behind shows here.
/// </summary>
public sealed partial class ImageGuideTests : IDisposable
{
    private static readonly string Guide = File.ReadAllText(RepositoryFiles.Resolve("src/Board/README.md"));
    private static readonly byte[] Payload = "Hello, board"u8.ToArray();
    private static readonly string KeyPem = Example("key");
    private static readonly byte[] KeyBytes = Convert.FromBase64String(string.Concat(KeyPem.Split('\n')[1..3]));
    private static readonly List<(int Offset, byte[] Bytes, string Meaning)> Rows = [.. RowPattern().Matches(Example("image")).Select(row => (
        int.Parse(row.Groups["offset"].Value, CultureInfo.InvariantCulture), Convert.FromHexString(row.Groups["bytes"].Value), row.Groups["meaning"].Value))];

    private static readonly byte[] Image = [.. Rows.SelectMany(row => row.Bytes)];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void EveryRow_IsWhatItSays()
    {
        (string Meaning, byte[] Bytes)[] expected =
        [
            ("PSIMAGE1", "PSIMAGE1"u8.ToArray()),
            ("m = 92", BigEndian(92)),
            ("the signing key", SHA256.HashData(KeyBytes)),
            ("Manifest, 90 bytes", [0x30, 90]),
            ("format: 1", [0x02, 1, 1]),
            ("kind: firmware", [0x0a, 1, 0]),
            ("name: none", [0x0c, 0]),
            ("models, 12 bytes", [0x30, 12]),
            ("3012", [0x0c, 4, .. "3012"u8]),
            ("A123", [0x0c, 4, .. "A123"u8]),
            ("version: 2.0", [0x0c, 3, .. "2.0"u8]),
            ("sequence: 7", [0x02, 1, 7]),
            ("minimumSequence: 5", [0x02, 1, 5]),
            ("allowsRollback: no", [0x01, 1, 0]),
            ("size: 12", [0x02, 1, 12]),
            ("sha256", [0x04, 32, .. SHA256.HashData(Payload)]),
            ("expires: 2030-12-31 23:59:59 UTC", [0x18, 15, .. "20301231235959Z"u8]),
            ("r", Rows[17].Bytes), // checked below, with the key
            ("s", Rows[18].Bytes),
            ("Hello, board", Payload),
        ];
        Assert.Equal(expected.Select(row => $"{row.Meaning}: {Convert.ToHexStringLower(row.Bytes)}"), Rows.Select(row => $"{row.Meaning}: {Convert.ToHexStringLower(row.Bytes)}"));
        Assert.Equal([32, 32], Rows[17..19].Select(row => row.Bytes.Length));
        var offset = 0;
        foreach (var row in Rows)
        {
            Assert.Equal(offset, row.Offset);
            offset += row.Bytes.Length;
        }
    }

    [Fact]
    public async Task Programs_TakeIt_AndWouldWriteItSo()
    {
        using var stream = new MemoryStream(Image);
        var header = await ImageHeader.ReadAsync(stream, CancellationToken.None);
        header.RequireSignature(FirmwareKey.ReadPem(KeyPem));
        var end = new DateTimeOffset(2030, 12, 31, 23, 59, 59, TimeSpan.Zero);
        ImageRules.RequireInstallable(header, new ImageTarget([ModelCode.Parse("A123")], 7, 7, Image.Length, end));
        await header.RequirePayloadAsync(stream, CancellationToken.None);
        var manifest = header.Manifest;
        Assert.Equal(["3012", "A123"], manifest.Models.Select(model => model.ToString()));
        Assert.Equal(
            new ImageManifest(ImageKind.Firmware, string.Empty, manifest.Models, "2.0", 7, 5, AllowsRollback: false, Payload.Length, Fingerprint.Of(Payload), end),
            manifest);
        Assert.Equal(Rows[3..17].SelectMany(row => row.Bytes), manifest.ToDer());
        var today = ImageHeader.Sign(manifest, TestImages.Shared.Key).Bytes.ToArray();
        Assert.Equal(Image[..12], today[..12]);
        Assert.Equal(Image[44..136], today[44..136]);
        Assert.Equal(200, today.Length);
    }

    [FactNeeds("openssl")]
    public async Task OpenSsl_VerifiesIt_AndOneOfToday()
    {
        File.WriteAllText(_directory["guide.pem"], KeyPem);
        TestImages.Shared.WriteKeys(_directory["today.pem"]);
        var today = TestImages.Shared.Make(TestImages.Payload(100));
        Assert.Equal("Verified OK", await VerifyAsync("guide.pem", Image[..^Payload.Length]));
        Assert.Equal("Verified OK", await VerifyAsync("today.pem", today[..^100]));
        today[^101] ^= 1;
        Assert.Equal("Verification failure", await VerifyAsync("today.pem", today[..^100]));
    }

    [Fact]
    public void Limits_AreThoseOfTheProgram()
    {
        foreach (var sentence in new[]
        {
            string.Create(CultureInfo.InvariantCulture, $"a header of at most {ImageHeader.MaxLength:N0} bytes"),
            string.Create(CultureInfo.InvariantCulture, $"| an image's header | {ImageHeader.MaxLength:N0} |"),
            string.Create(CultureInfo.InvariantCulture, $"the length of the manifest: 1 to {ImageManifest.MaxLength:N0}"),
            string.Create(CultureInfo.InvariantCulture, $"DER, {KeyBytes.Length} bytes: named curve"),
            $"1 to 2^{Math.Log2(ImageManifest.MaxSequence)}; larger is newer",
            $"1 to 2^{Math.Log2(ImageManifest.MaxSize)}, bytes of the payload",
        })
            Assert.Contains(sentence, Guide, StringComparison.Ordinal);
    }

    /// <summary>What openssl says of a header without this system's code: r and s as DER, and the bytes that the README says are signed.</summary>
    private async Task<string> VerifyAsync(string key, byte[] header)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(header[^64..^32].AsSpan().TrimStart((byte)0));
            writer.WriteIntegerUnsigned(header[^32..].AsSpan().TrimStart((byte)0));
        }

        File.WriteAllBytes(_directory["signature"], writer.Encode());
        File.WriteAllBytes(_directory["signed"], [.. "ProvisioningStation image 1\0"u8, .. header[..^64]]);
        var (_, output, _) = await Tool.RunAsync("openssl", ["dgst", "-sha256", "-verify", _directory[key], "-signature", _directory["signature"], _directory["signed"]]);
        return output.Trim();
    }

    private static byte[] BigEndian(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static string Example(string name)
    {
        var found = Regex.Match(Guide, $"<!-- example: {name} -->\n```text\n(?<text>.*?)```", RegexOptions.Singleline, TimeSpan.FromSeconds(10));
        Assert.True(found.Success, name);
        return found.Groups["text"].Value;
    }

    [GeneratedRegex(@"^ *(?<offset>\d+) +(?<bytes>([0-9a-f]{2})+) {2,}(?<meaning>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex RowPattern();
}
