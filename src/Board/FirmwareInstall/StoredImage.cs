using System.Security.Cryptography;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Board.FirmwareInstall;

/// <summary>An image as it lies on the medium.</summary>
internal static class StoredImage
{
    private const int BufferSize = 256 * 1024;

    /// <summary>The header of the image at <paramref name="path"/>, whose signature fits; null where there is no image.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/> where what lies there is none, or nobody trusted has signed it.</exception>
    public static ImageHeader? FindHeader(string path, IReadOnlyList<FirmwareKey> keys)
    {
        if (!File.Exists(path))
            return null;
        using var file = File.OpenRead(path);
        return ReadHeader(file, keys);
    }

    /// <summary>Reads the whole image from the medium and checks signature, length and digest.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="keys">Whom the board trusts.</param>
    /// <param name="faults">What goes wrong on command.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/>.</exception>
    public static ImageHeader Verify(string path, IReadOnlyList<FirmwareKey> keys, SimulatedFaults faults, CancellationToken cancellationToken = default)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        var header = ReadHeader(file, keys);
        if (file.Length != header.ImageLength)
            throw new ProvisioningException(ErrorCode.InvalidImage, $"The image in flash has {file.Length} bytes, and its header says {header.ImageLength}.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, file, header.Manifest.Size, faults.ReadBack, cancellationToken);
        RequireDigest(header, hash);
        return header;
    }

    /// <summary>Reads <paramref name="count"/> bytes from where <paramref name="file"/> stands into the digest.</summary>
    public static void Append(IncrementalHash hash, FileStream file, long count, Func<byte[], int, int>? readBack, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        while (count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, count));
            if (read == 0)
                throw new EndOfStreamException("The image in flash ends before its header says.");
            hash.AppendData(buffer, 0, readBack?.Invoke(buffer, read) ?? read);
            readBack = null;
            count -= read;
        }
    }

    /// <summary>Passes a payload whose digest is the header's.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/>.</exception>
    public static void RequireDigest(ImageHeader header, IncrementalHash hash)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        if (Convert.ToHexStringLower(digest) != header.Manifest.Sha256.ToString())
            throw new ProvisioningException(ErrorCode.InvalidImage, "The image's digest does not fit: its payload is not the one that was signed.");
    }

    private static ImageHeader ReadHeader(FileStream file, IReadOnlyList<FirmwareKey> keys)
    {
        var bytes = new byte[ImageHeader.MaxLength];
        var prefix = file.ReadAtLeast(bytes.AsSpan(0, ImageHeader.PrefixLength), ImageHeader.PrefixLength, throwOnEndOfStream: false);
        var length = ImageHeader.LengthOf(bytes.AsSpan(0, prefix));
        var rest = file.ReadAtLeast(bytes.AsSpan(prefix, length - prefix), length - prefix, throwOnEndOfStream: false);
        return ImageHeader.Read(bytes.AsSpan(0, prefix + rest), keys);
    }
}
