using System.CommandLine;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Gateway;

namespace ProvisioningStation.Control.Update;

/// <summary><c>stationctl update images</c>: what a gateway can send to its devices.</summary>
internal static class UpdateImagesCommand
{
    private const string Route = "api/images";
    private const int ShortId = 12;

    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("images", "The images that a gateway has for its devices.") { Put(), List(), Delete() };

    /// <summary>The image of which <paramref name="named"/> is the beginning of the id, or the version.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.Conflict"/> where several are meant.</exception>
    public static async Task<StoredFirmware> FindAsync(PartSession gateway, string named, CancellationToken cancellationToken)
    {
        var all = await gateway.Client.GetPagesAsync<StoredFirmware>(ApiPath.Of(Route), cancellationToken).ToListAsync(cancellationToken);
        var meant = all.Where(image => image.Version == named).ToList();
        if (meant.Count == 0)
            meant = all.Where(image => named.Length > 0 && image.Id.StartsWith(named, StringComparison.OrdinalIgnoreCase)).ToList();
        return meant.Count switch
        {
            1 => meant[0],
            0 => throw new ProvisioningException(ErrorCode.NotFound, $"The gateway has no image '{Printable.Shorten(named)}'. stationctl update images list shows what it has."),
            _ => throw new ProvisioningException(ErrorCode.Conflict, $"{meant.Count} images are meant by {Printable.Shorten(named)}: {string.Join(", ", meant.Select(image => image.Id[..ShortId]))}. Say which by its id."),
        };
    }

    private static Command Put()
    {
        var file = new Argument<string>("file") { Description = "The signed image: stationctl firmware sign makes it." };
        return new Command("put", "Gives an image to the gateway, which checks its signature and its digest. Of any size; the same image again changes nothing.") { file }
            .WithExamples("stationctl update images put product-2.1.0.img", "stationctl update images put product-2.1.0.img --json")
            .TalksToGateway(async (gateway, parsed, cancellationToken) =>
            {
                var name = parsed.GetValue(file)!;
                if (!File.Exists(name))
                    throw new ConfigurationException($"There is no file {name}.");
                var image = await gateway.Client.UploadFileAsync<StoredFirmware>(Route, name, "application/octet-stream", cancellationToken);
                gateway.Print(image, static taken => Print([taken]));
                return ExitCode.Ok;
            });
    }

    private static Command List() => new Command("list", "Lists the images, the newest release first.")
        .WithExamples("stationctl update images list", "stationctl update images list --json")
        .TalksToGateway(async (gateway, _, cancellationToken) =>
        {
            gateway.Print(await gateway.Client.GetPagesAsync<StoredFirmware>(ApiPath.Of(Route), cancellationToken).ToListAsync(cancellationToken), Print);
            return ExitCode.Ok;
        });

    private static Command Delete()
    {
        var image = new Argument<string>("image") { Description = "The beginning of its id, or its version." };
        return new Command("delete", "Deletes an image that no update under way needs.") { image }
            .WithConsent()
            .WithExamples("stationctl update images delete 2.0.0 --dry-run", "stationctl update images delete 2.0.0 --yes")
            .TalksToGateway(async (gateway, parsed, cancellationToken) =>
            {
                var meant = await FindAsync(gateway, parsed.GetValue(image)!, cancellationToken);
                if (!parsed.IsDryRun())
                {
                    Consent.Require(parsed, $"Delete the image {meant.Version} ({meant.Id[..ShortId]})");
                    await gateway.Client.DeleteAsync(ApiPath.Of(Route, meant.Id).ToString(), cancellationToken);
                }

                gateway.Print(meant, static deleted => Print([deleted]));
                return ExitCode.Ok;
            });
    }

    private static void Print(IReadOnlyList<StoredFirmware> images)
    {
        var table = new OutputTable("Image", "For", "Version", ">Sequence", "Models", ">Bytes", "Expires");
        foreach (var image in images)
            table.Add(image.Id[..ShortId], image.Application ?? "firmware", image.Version, image.Sequence, string.Join(", ", image.Models), image.Length, image.Expires);
        table.Print("No images.");
    }
}
