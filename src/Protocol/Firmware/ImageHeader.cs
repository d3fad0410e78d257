using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ProvisioningStation.Protocol.Firmware;

/// <summary>
/// The beginning of an image file; the payload follows.
/// <code>
/// offset    bytes
/// 0         8    "PSIMAGE1"
/// 8         4    m, the length of the manifest, most significant byte first
/// 12        32   the signing key: SHA-256 of its SubjectPublicKeyInfo
/// 44        m    the manifest, DER
/// 44 + m    64   signature: ECDSA on P-256 with SHA-256, r and s of 32 bytes each, over "ProvisioningStation image 1", a zero byte, and bytes 0 to 43 + m
/// 108 + m        payload
/// </code>
/// </summary>
public sealed class ImageHeader
{
    /// <summary>How many bytes tell <see cref="LengthOf"/>.</summary>
    public const int PrefixLength = 12;

    /// <summary>The most bytes of a header.</summary>
    public const int MaxLength = FixedLength + ImageManifest.MaxLength + SignatureLength;

    private const int FixedLength = 44;
    private const int KeyIdLength = 32;
    private const int SignatureLength = 64;

    private readonly byte[] _bytes;

    private ImageHeader(byte[] bytes, ImageManifest manifest)
    {
        _bytes = bytes;
        Manifest = manifest;
    }

    /// <summary>What the image is.</summary>
    public ImageManifest Manifest { get; }

    /// <summary>Who says that it signed it.</summary>
    public Fingerprint KeyId => KeyIdOf(_bytes);

    /// <summary>The header's bytes, which make the image one and no other: they hold the digest of the payload.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Bytes before the payload.</summary>
    public int Length => _bytes.Length;

    /// <summary>Bytes of the whole image.</summary>
    public long ImageLength => Length + Manifest.Size;

    private static ReadOnlySpan<byte> Magic => "PSIMAGE1"u8;

    private static ReadOnlySpan<byte> Context => "ProvisioningStation image 1\0"u8;

    /// <summary>The length of the header that begins with <paramref name="prefix"/>, its first <see cref="PrefixLength"/> bytes.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/> where no image begins so.</exception>
    public static int LengthOf(ReadOnlySpan<byte> prefix)
    {
        if (prefix.Length < PrefixLength || !prefix.StartsWith(Magic))
            throw new ProvisioningException(ErrorCode.InvalidImage, "This is not a signed image: it does not begin with PSIMAGE1. stationctl firmware sign makes one.");
        var manifest = BinaryPrimitives.ReadUInt32BigEndian(prefix[Magic.Length..]);
        return manifest is >= 1 and <= ImageManifest.MaxLength
            ? FixedLength + (int)manifest + SignatureLength
            : throw new ProvisioningException(ErrorCode.InvalidImage, $"The image's manifest has {manifest} bytes; allowed is 1 to {ImageManifest.MaxLength}.");
    }

    /// <summary>Reads a header, exactly as long as <see cref="LengthOf"/> says.</summary>
    /// <param name="bytes">The header.</param>
    /// <param name="trusted">Keys of which one has to have signed it, which is found out before the manifest is parsed: a parser sees nothing that the maker did not sign. Null: nobody is asked, for whoever only shows what a file says.</param>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/>.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> bytes, IReadOnlyList<FirmwareKey>? trusted = null)
    {
        if (bytes.Length != LengthOf(bytes))
            throw new ProvisioningException(ErrorCode.InvalidImage, "The image ends before its header does.");
        var copy = bytes.ToArray();
        if (trusted is not null)
            RequireSignature(copy, trusted);
        return new ImageHeader(copy, ImageManifest.Read(copy.AsMemory(FixedLength, copy.Length - FixedLength - SignatureLength)));
    }

    /// <summary>Reads the header at the beginning of <paramref name="image"/>, and leaves the stream at the payload.</summary>
    /// <inheritdoc cref="Read"/>
    public static Task<ImageHeader> ReadAsync(Stream image, CancellationToken cancellationToken) => ReadAsync(image, null, cancellationToken);

    /// <summary>Reads the header at the beginning of <paramref name="image"/>, and leaves the stream at the payload.</summary>
    /// <inheritdoc cref="Read"/>
    public static async Task<ImageHeader> ReadAsync(Stream image, IReadOnlyList<FirmwareKey>? trusted, CancellationToken cancellationToken)
    {
        var bytes = new byte[MaxLength];
        var prefix = await image.ReadAtLeastAsync(bytes.AsMemory(0, PrefixLength), PrefixLength, throwOnEndOfStream: false, cancellationToken);
        var length = LengthOf(bytes.AsSpan(0, prefix));
        var rest = await image.ReadAtLeastAsync(bytes.AsMemory(PrefixLength, length - PrefixLength), length - PrefixLength, throwOnEndOfStream: false, cancellationToken);
        return Read(bytes.AsSpan(0, PrefixLength + rest), trusted);
    }

    /// <summary>Signs <paramref name="manifest"/>.</summary>
    /// <param name="manifest">Of the payload that will follow.</param>
    /// <param name="key">The signing key, on P-256.</param>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/> where the manifest is not allowed, or the key is on another curve.</exception>
    public static ImageHeader Sign(ImageManifest manifest, ECDsa key)
    {
        FirmwareKey.RequireCurve(key);
        var der = manifest.ToDer();
        if (der.Length > ImageManifest.MaxLength)
            throw new ProvisioningException(ErrorCode.InvalidImage, $"The image's manifest has {der.Length} bytes; allowed is 1 to {ImageManifest.MaxLength}.");
        var bytes = new byte[FixedLength + der.Length + SignatureLength];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(Magic.Length), (uint)der.Length);
        SHA256.HashData(key.ExportSubjectPublicKeyInfo(), bytes.AsSpan(PrefixLength, KeyIdLength));
        der.CopyTo(bytes, FixedLength);
        key.SignData([.. Context, .. bytes.AsSpan(0, bytes.Length - SignatureLength)], HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation).CopyTo(bytes, bytes.Length - SignatureLength);
        return new ImageHeader(bytes, manifest);
    }

    /// <summary>Passes a header that one of <paramref name="keys"/> has signed.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/>.</exception>
    public void RequireSignature(IReadOnlyList<FirmwareKey> keys) => RequireSignature(_bytes, keys);

    /// <summary>Reads <paramref name="payload"/> to its end and passes the one that was signed, whole and with nothing behind it. Needs one buffer, however long it is.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/>.</exception>
    public Task RequirePayloadAsync(Stream payload, CancellationToken cancellationToken) => CopyPayloadAsync(payload, Stream.Null, cancellationToken);

    /// <summary>As <see cref="RequirePayloadAsync"/>, and <paramref name="copy"/> gets what is read, never more than the manifest's size.</summary>
    /// <inheritdoc cref="RequirePayloadAsync"/>
    public async Task CopyPayloadAsync(Stream payload, Stream copy, CancellationToken cancellationToken)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        var length = 0L;
        while (await payload.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            length += read;
            if (length > Manifest.Size)
                throw new ProvisioningException(ErrorCode.InvalidImage, $"There is more behind the {Manifest.Size} bytes of the image's payload.");
            digest.AppendData(buffer, 0, read);
            await copy.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        if (length < Manifest.Size)
            throw new ProvisioningException(ErrorCode.InvalidImage, $"The image is not whole: {length} of the {Manifest.Size} bytes of its payload are there.");
        if (Fingerprint.Parse(Convert.ToHexStringLower(digest.GetHashAndReset())) is var found && found != Manifest.Sha256)
            throw new ProvisioningException(ErrorCode.InvalidImage, $"The image's payload was changed: its SHA-256 is {found}, and its manifest says {Manifest.Sha256}.");
    }

    private static void RequireSignature(byte[] header, IReadOnlyList<FirmwareKey> keys)
    {
        var id = KeyIdOf(header);
        if (keys.FirstOrDefault(known => known.Id == id) is not { } key)
            throw new ProvisioningException(ErrorCode.InvalidImage, $"The image was signed with a key that is not trusted here: {id}. Sign it with one that is, or have its public key put here.");
        if (!key.Verify([.. Context, .. header.AsSpan(0, header.Length - SignatureLength)], header.AsSpan(header.Length - SignatureLength)))
            throw new ProvisioningException(ErrorCode.InvalidImage, "The image's signature does not fit its manifest: one of them was changed.");
    }

    private static Fingerprint KeyIdOf(byte[] header) => Fingerprint.Parse(Convert.ToHexStringLower(header.AsSpan(PrefixLength, KeyIdLength)));
}
