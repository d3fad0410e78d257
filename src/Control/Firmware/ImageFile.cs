using System.Security.Cryptography;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Control.Firmware;

/// <summary>Makes an image's file: whole or absent.</summary>
internal static class ImageFile
{
    /// <summary>
    /// Signs <paramref name="payload"/> into a file beside <paramref name="path"/> and renames it. The payload is read once, with one buffer, however long it is: the place of the header is left free, for
    /// its length does not depend on the digest.
    /// </summary>
    /// <param name="path">Where the image goes.</param>
    /// <param name="payload">From its beginning to its end.</param>
    /// <param name="manifest">All but the digest.</param>
    /// <param name="key">The signing key.</param>
    /// <param name="overwrite">Whether to replace a file that is there.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <exception cref="ConfigurationException">There is a file at <paramref name="path"/>, no folder for it, or the payload was changed meanwhile.</exception>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/> where the manifest is not allowed, or the key is of another kind.</exception>
    public static async Task<ImageHeader> WriteAsync(string path, Stream payload, ImageManifest manifest, ECDsa key, bool overwrite, CancellationToken cancellationToken)
    {
        if (!overwrite && File.Exists(path))
            throw new ConfigurationException($"{path} is there already. Say --force to overwrite it.");
        FirmwareCommand.RequireFolder(path);
        var headerLength = ImageHeader.Sign(manifest, key).Length;
        var temporary = path + ".tmp";
        var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
        try
        {
            ImageHeader header;
            await using (file)
            {
                file.Position = headerLength;
                var digest = await CopyAsync(payload, file, manifest.Size, cancellationToken);
                header = ImageHeader.Sign(manifest with { Sha256 = digest }, key);
                file.Position = 0;
                await file.WriteAsync(header.Bytes, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite);
            DurableFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return header;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static async Task<Fingerprint> CopyAsync(Stream payload, FileStream file, long size, CancellationToken cancellationToken)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        var length = 0L;
        while (length <= size && await payload.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            length += read;
            digest.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        return length == size
            ? Fingerprint.Parse(Convert.ToHexStringLower(digest.GetHashAndReset()))
            : throw new ConfigurationException("The payload became longer or shorter while it was signed. Sign it again when nothing writes to it.");
    }
}
