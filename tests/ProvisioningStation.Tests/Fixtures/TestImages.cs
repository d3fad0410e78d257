using System.Security.Cryptography;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Tests.Fixtures;

/// <summary>A firmware signing key and images that it signs. <see cref="Shared"/> is enough for most tests; a second instance is "another key".</summary>
public sealed class TestImages : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestImages() => TrustedKeys = FirmwareKey.ReadPem(PublicKeyPem);

    public static TestImages Shared { get; } = new();

    /// <summary>The signing key.</summary>
    public ECDsa Key => _key;

    /// <summary>What a board trusts, as <c>firmware-keys.pem</c> holds it.</summary>
    public string PublicKeyPem => _key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>What a board trusts, read.</summary>
    public IReadOnlyList<FirmwareKey> TrustedKeys { get; }

    /// <summary>Bytes that do not repeat, always the same for the same <paramref name="seed"/>.</summary>
    public static byte[] Payload(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The manifest of firmware 2.0, sequence 2, for model 3012; a test changes what it is about with <c>with</c>.</summary>
    public static ImageManifest Manifest(byte[] payload) =>
        new(ImageKind.Firmware, string.Empty, [ModelCode.Parse("3012")], "2.0", 2, 0, AllowsRollback: false, payload.Length, Fingerprint.Of(payload), null);

    /// <summary>An image, header and payload: <c>Make(payload, manifest => manifest with { Sequence = 3 })</c>.</summary>
    public byte[] Make(byte[] payload, Func<ImageManifest, ImageManifest>? change = null)
    {
        var manifest = Manifest(payload);
        return [.. ImageHeader.Sign(change?.Invoke(manifest) ?? manifest, _key).Bytes.Span, .. payload];
    }

    /// <summary>Writes an image beside the test's other files and gives its path.</summary>
    public string Write(string path, byte[] payload, Func<ImageManifest, ImageManifest>? change = null)
    {
        File.WriteAllBytes(path, Make(payload, change));
        return path;
    }

    /// <summary>Writes <see cref="PublicKeyPem"/> and gives its path.</summary>
    public string WriteKeys(string path)
    {
        File.WriteAllText(path, PublicKeyPem);
        return path;
    }

    public void Dispose()
    {
        _key.Dispose();
        foreach (var key in TrustedKeys)
            key.Dispose();
    }
}
