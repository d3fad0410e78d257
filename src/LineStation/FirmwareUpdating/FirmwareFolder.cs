using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.LineStation.FirmwareUpdating;

/// <summary>
/// The folder of signed images. It is looked at anew for each unit, because people put images there while the line runs. What is not whole, changed, or not signed by a known key is never used,
/// and shows in the station's health under <see cref="Condition"/> for as long as it lies there.
/// </summary>
internal sealed class FirmwareFolder(string folder, IReadOnlyList<FirmwareKey> keys, HealthState health, TimeProvider time)
{
    /// <summary>The condition in the station's health.</summary>
    public const string Condition = "firmware";

    private readonly Dictionary<string, LookedAt> _known = new(StringComparer.Ordinal);

    /// <summary>The image for boards of <paramref name="model"/>: of those that have not expired the one with the largest sequence; null where there is none.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/> where the folder can't be read: nobody could say then that there is nothing to update.</exception>
    public async Task<FirmwareImage?> FindNewestAsync(ModelCode model, CancellationToken cancellationToken)
    {
        var all = new List<LookedAt>();
        foreach (var file in ListFiles())
            all.Add(await LookAsync(file, cancellationToken));
        if (all.Where(seen => seen.Problem is not null).Select(seen => seen.Problem).ToList() is { Count: > 0 } problems)
            health.Report(Condition, $"Passed over in {folder}: {string.Join(" ", problems)}");
        else
            health.Clear(Condition);
        var now = time.GetUtcNow();
        return all.Select(seen => seen.Image).OfType<FirmwareImage>()
            .Where(image => image.Header.Manifest is { Kind: ImageKind.Firmware } manifest && manifest.Models.Contains(model) && !manifest.HasExpired(now))
            .OrderByDescending(image => image.Header.Manifest.Sequence)
            .FirstOrDefault();
    }

    /// <summary>Opens the image that <see cref="FirmwareImage.Id"/> names; null where it is not there any more.</summary>
    public Stream? Open(string id)
    {
        if (_known.Values.Select(seen => seen.Image).FirstOrDefault(image => image?.Id == id) is not { } image)
            return null;
        FileStream? file = null;
        try
        {
            file = OpenFile(image.File);
            var bytes = new byte[image.Header.Length];
            file.ReadExactly(bytes);
            if (image.Header.Bytes.Span.SequenceEqual(bytes))
            {
                file.Position = 0;
                return file;
            }
        }
        catch (IOException)
        {
            // It was taken away.
        }

        file?.Dispose();
        return null;
    }

    private List<string> ListFiles()
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*.img").Order(StringComparer.Ordinal)];
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            var problem = $"The folder of firmware images can't be read: {cause.Message} See Firmware:Images.";
            health.Report(Condition, problem);
            throw new ProvisioningException(ErrorCode.NotFound, problem, cause);
        }
    }

    /// <summary>A payload is read once for each size and time of its file: images are large, and a unit is not to wait for one that was looked at before. The board checks it again.</summary>
    private async Task<LookedAt> LookAsync(string file, CancellationToken cancellationToken)
    {
        var (length, written) = Stamp(file);
        if (_known.TryGetValue(file, out var known) && known.Length == length && known.Written == written)
            return known;
        return _known[file] = await ReadAsync(file, length, written, cancellationToken);
    }

    private async Task<LookedAt> ReadAsync(string file, long length, DateTime written, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = OpenFile(file);
            var header = await ImageHeader.ReadAsync(stream, keys, cancellationToken);
            if (length < header.ImageLength)
                throw new ProvisioningException(ErrorCode.InvalidImage, $"It is not whole: {length} of its {header.ImageLength} bytes are there.");
            await header.RequirePayloadAsync(stream, cancellationToken);
            return new LookedAt(length, written, new FirmwareImage(file, header), null);
        }
        catch (Exception cause) when (cause is ProvisioningException or IOException or UnauthorizedAccessException)
        {
            return new LookedAt(length, written, null, $"{Path.GetFileName(file)}: {cause.Message}");
        }
    }

    private static (long Length, DateTime Written) Stamp(string file)
    {
        var entry = new FileInfo(file);
        return entry.Exists ? (entry.Length, entry.LastWriteTimeUtc) : (0, DateTime.MinValue);
    }

    /// <summary>Whoever copies or removes an image is not kept from it.</summary>
    private static FileStream OpenFile(string file) => new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);

    /// <summary>What a file turned out to be when it had this size and time.</summary>
    private sealed record LookedAt(long Length, DateTime Written, FirmwareImage? Image, string? Problem);
}
