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
    public StoredImage GetNewest(ModelCode model) => All.FirstOrDefault(image => image.Manifest.Kind == ImageKind.Firmware && image.Manifest.Models.Contains(model) && !(image.Manifest.Expires <= _time.GetUtcNow()))
        ?? throw new ProvisioningException(ErrorCode.NotFound, $"There is no firmware for model {model} here that has not expired. Put one: stationctl update images put FILE");

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
                using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                await using var copy = new CopyingStream(content, file, digest);
                var header = await ImageHeader.ReadAsync(copy, cancellationToken);
                header.RequireSignature(keys);
                await header.RequirePayloadAsync(copy, cancellationToken);
                file.Flush(flushToDisk: true);
                image = new StoredImage(Convert.ToHexStringLower(digest.GetHashAndReset()), header.Manifest, header.ImageLength);
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

    private IReadOnlyList<FirmwareKey> ReadKeys() => File.Exists(_keys)
        ? FirmwareKey.ReadPem(File.ReadAllText(_keys))
        : throw new ProvisioningException(ErrorCode.Conflict, $"This gateway has no keys to check images with. Put the public keys that sign them into {_keys} (PEM; stationctl firmware keygen makes a pair).");

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

    /// <summary>What is read of <paramref name="content"/> is written to <paramref name="file"/>, and becomes part of <paramref name="digest"/>.</summary>
    private sealed class CopyingStream(Stream content, FileStream file, IncrementalHash digest) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await content.ReadAsync(buffer, cancellationToken);
            digest.AppendData(buffer.Span[..count]);
            await file.WriteAsync(buffer[..count], cancellationToken);
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
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
