using System.Collections.Concurrent;
using System.Security.Cryptography;
using ProvisioningStation.FirmwareUpdate;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Gateway.Images;

/// <summary>The images of this gateway: files named after their SHA-256, checked before they get that name. What is known of them is read from their headers at the start.</summary>
internal sealed class ImageStore
{
    private const string Extension = ".img";
    private const string Unfinished = ".part";
    private const int WriteBuffer = 256 * 1024;

    private readonly DataDirectory _directory;
    private readonly string _keys;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, StoredImage> _images = new(StringComparer.Ordinal);

    public ImageStore(ImagesOptions options, DataDirectory data, TimeProvider time)
    {
        _time = time;
        _directory = DataDirectory.Open(data.Resolve(options.Directory));
        _keys = data.Resolve(options.Keys);
        foreach (var file in Directory.GetFiles(_directory.Path, "*" + Unfinished))
            File.Delete(file); // an upload that the last run did not finish
        foreach (var file in Directory.GetFiles(_directory.Path, "*" + Extension))
            Learn(file);
    }

    /// <summary>All images, the newest release first.</summary>
    public IReadOnlyList<StoredImage> All => [.. _images.Values.OrderByDescending(image => image.Manifest.Sequence).ThenBy(image => image.Id, StringComparer.Ordinal)];

    /// <summary>One image; null where it is not there.</summary>
    public StoredImage? Find(string id) => _images.GetValueOrDefault(id);

    /// <summary>One image.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public StoredImage Get(string id) => Find(id) ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no image {Printable.Shorten(id, 80)}. stationctl update images list shows them.");

    /// <summary>The newest firmware for boards of <paramref name="model"/> that has not expired.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>.</exception>
    public StoredImage GetNewest(ModelCode model) => All.FirstOrDefault(image => image.Manifest.Kind == ImageKind.Firmware && image.Manifest.Models.Contains(model) && !image.Manifest.HasExpired(_time.GetUtcNow()))
        ?? throw new ProvisioningException(ErrorCode.NotFound, $"This gateway has no firmware for model {model}, or none that has not expired. Give it one: stationctl update images put FILE");

    /// <summary>Opens an image for reading; null where it is gone.</summary>
    public Stream? Open(string id)
    {
        try
        {
            return new FileStream(PathOf(id), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Takes an image as it arrives, however long; it gets its name when it is whole, and is what was signed. One that is there already is the same one.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.InvalidImage"/>; <see cref="ErrorCode.Conflict"/> where this gateway has no keys to check it with.</exception>
    public async Task<StoredImage> PutAsync(Stream content, CancellationToken cancellationToken)
    {
        var keys = ReadKeys();
        var part = _directory.Resolve(Guid.NewGuid().ToString("N") + Unfinished);
        try
        {
            StoredImage image;
            await using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, WriteBuffer))
            {
                var header = await ImageHeader.ReadAsync(content, keys, cancellationToken);
                using var digest = SHA256.Create();
                await using var kept = new CryptoStream(file, digest, CryptoStreamMode.Write, leaveOpen: true);
                await kept.WriteAsync(header.Bytes, cancellationToken);
                await header.CopyPayloadAsync(content, kept, cancellationToken);
                await kept.FlushFinalBlockAsync(cancellationToken);
                file.Flush(flushToDisk: true);
                image = new StoredImage(Convert.ToHexStringLower(digest.Hash!), header.Manifest, header.ImageLength);
            }

            File.Move(part, PathOf(image.Id), overwrite: true);
            DurableFile.SyncDirectory(_directory.Path);
            return _images.GetOrAdd(image.Id, image);
        }
        finally
        {
            File.Delete(part);
            foreach (var key in keys)
                key.Dispose();
        }
    }

    /// <summary>Deletes an image. One that is gone already is deleted.</summary>
    public void Delete(string id)
    {
        if (_images.TryRemove(id, out _))
            File.Delete(PathOf(id));
    }

    /// <summary>Read anew for each image: whoever puts the keys there need not start the gateway again.</summary>
    private IReadOnlyList<FirmwareKey> ReadKeys()
    {
        try
        {
            return FirmwareKeyFile.Read(_keys, "Images:Keys");
        }
        catch (ConfigurationException cause)
        {
            throw new ProvisioningException(ErrorCode.Conflict, $"This gateway can't check images. {cause.Message}", cause);
        }
    }

    private void Learn(string file)
    {
        using var stream = File.OpenRead(file);
        var prefix = new byte[ImageHeader.MaxLength];
        var read = stream.ReadAtLeast(prefix, ImageHeader.PrefixLength, throwOnEndOfStream: false);
        read += stream.ReadAtLeast(prefix.AsSpan(read), prefix.Length - read, throwOnEndOfStream: false);
        try
        {
            var header = ImageHeader.Read(prefix.AsSpan(0, Math.Min(read, ImageHeader.LengthOf(prefix))));
            var id = Path.GetFileNameWithoutExtension(file);
            if (header.ImageLength == stream.Length)
                _images[id] = new StoredImage(id, header.Manifest, header.ImageLength);
        }
        catch (ProvisioningException)
        {
            // Somebody else's file; it stays, and is not offered.
        }
    }

    private string PathOf(string id) => _directory.Resolve(id + Extension);
}

/// <summary>One image.</summary>
/// <param name="Id">SHA-256 of the file.</param>
/// <param name="Manifest">What it is.</param>
/// <param name="Length">Bytes of the file.</param>
internal sealed record StoredImage(string Id, ImageManifest Manifest, long Length)
{
    /// <summary>As the library takes it.</summary>
    public UpdateImage ToUpdateImage() => new(Id, Manifest);
}
