using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Control.Firmware;

/// <summary>An image as <c>--json</c> tells it.</summary>
internal sealed record ImageDescription(
    ImageKind Kind,
    string? Application,
    IReadOnlyList<string> Models,
    string Version,
    long Sequence,
    long MinimumSequence,
    bool AllowsRollback,
    DateTimeOffset? Expires,
    long PayloadLength,
    string PayloadSha256,
    string KeyId,
    int HeaderLength,
    long ImageLength,
    long FileLength)
{
    /// <summary>What the header of a file with <paramref name="fileLength"/> bytes says.</summary>
    public static ImageDescription Of(ImageHeader header, long fileLength)
    {
        var manifest = header.Manifest;
        return new ImageDescription(
            manifest.Kind,
            manifest.Kind == ImageKind.Firmware ? null : manifest.Name,
            [.. manifest.Models.Select(model => model.ToString())],
            manifest.Version,
            manifest.Sequence,
            manifest.MinimumSequence,
            manifest.AllowsRollback,
            manifest.Expires,
            manifest.Size,
            manifest.Sha256.ToString(),
            header.KeyId.ToString(),
            header.Length,
            header.ImageLength,
            fileLength);
    }

    /// <summary>Prints it for people, below <paramref name="title"/>.</summary>
    public void Print(string title)
    {
        var table = new OutputTable("Image", string.Empty);
        foreach (var (name, value) in new (string, object?)[]
        {
            ("Kind", Application is null ? "firmware" : $"application {Application}"),
            ("Version", Version),
            ("Models", string.Join(", ", Models)),
            ("Sequence", Sequence),
            ("Nothing below, once it runs", MinimumSequence == 0 ? null : MinimumSequence),
            ("May replace a newer one", AllowsRollback ? "yes" : "no"),
            ("Not after", Expires),
            ("Payload's bytes", PayloadLength),
            ("Payload's SHA-256", PayloadSha256),
            ("Signing key", KeyId),
            ("Bytes of the whole image", ImageLength),
        })
            table.Add(name, value);
        Console.WriteLine(title);
        table.Print(string.Empty);
    }
}
