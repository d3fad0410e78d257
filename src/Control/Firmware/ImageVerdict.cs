using System.Text.Json.Serialization;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Control.Firmware;

/// <summary>One check of an image.</summary>
/// <param name="Name">header, signature, rules or payload.</param>
/// <param name="Ok">Whether it passed.</param>
/// <param name="Sentence">What was found.</param>
internal sealed record ImageCheck(string Name, bool Ok, string Sentence);

/// <summary>What is right and wrong with an image; all of it, not only what a board would find first.</summary>
/// <param name="Ok">Whether a board would install it.</param>
/// <param name="Checks">In the order of a board.</param>
/// <param name="Image">What it says of itself; null where its header can't be read.</param>
internal sealed record ImageVerdict(bool Ok, IReadOnlyList<ImageCheck> Checks, ImageDescription? Image)
{
    private const string Rules = "rules";

    /// <summary>An image that was changed weighs more than one that is not for this board.</summary>
    [JsonIgnore]
    public ExitCode ExitCode => Checks.Any(check => !check.Ok && check.Name != Rules) ? ExitCode.Conflict : Ok ? ExitCode.Ok : ExitCode.NotAllowed;

    /// <summary>Judges the image in <paramref name="stream"/>.</summary>
    public static async Task<ImageVerdict> JudgeAsync(Stream stream, IReadOnlyList<FirmwareKey> trusted, Func<ImageManifest, ImageTarget> target, CancellationToken cancellationToken)
    {
        var checks = new List<ImageCheck>();
        ImageHeader header;
        try
        {
            header = await ImageHeader.ReadAsync(stream, cancellationToken);
        }
        catch (ProvisioningException refused)
        {
            return new ImageVerdict(false, [new ImageCheck("header", false, refused.Message)], null);
        }

        var manifest = header.Manifest;
        await CheckAsync("signature", $"signed by {header.KeyId}", () => Run(() => header.RequireSignature(trusted)));
        await CheckAsync(Rules, $"may be installed on {string.Join(", ", target(manifest).Models)}", () => Run(() => ImageRules.RequireInstallable(header, target(manifest))));
        await CheckAsync("payload", $"{manifest.Size} bytes, as they were signed", () => header.RequirePayloadAsync(stream, cancellationToken));
        return new ImageVerdict(checks.TrueForAll(check => check.Ok), checks, ImageDescription.Of(header, stream.Length));

        async Task CheckAsync(string name, string good, Func<Task> requireAsync)
        {
            try
            {
                await requireAsync();
                checks.Add(new ImageCheck(name, true, good));
            }
            catch (ProvisioningException refused)
            {
                checks.Add(new ImageCheck(name, false, refused.Message));
            }
        }

        static Task Run(Action require)
        {
            require();
            return Task.CompletedTask;
        }
    }

    /// <summary>Prints it for people.</summary>
    public void Print()
    {
        if (Image is { } image)
            Console.WriteLine($"{(image.Application is null ? "Firmware" : $"Application {image.Application}")} {image.Version}, sequence {image.Sequence}, for {string.Join(", ", image.Models)}");
        foreach (var check in Checks)
            Console.WriteLine($"{(check.Ok ? "ok " : "BAD")}  {check.Name,-9}  {check.Sentence}");
        Console.WriteLine(Ok ? "The image is good." : "The image is NOT good.");
    }
}
