using System.CommandLine;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Control.Firmware;

/// <summary><c>stationctl firmware inspect</c>.</summary>
internal static class InspectCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var (image, json) = (FirmwareCommand.ImageArgument(), FirmwareCommand.JsonOption());
        return new Command("inspect", "Shows what an image says of itself. Nothing is verified.") { image, json }
            .WithExamples("stationctl firmware inspect firmware-2.0.img", "stationctl firmware inspect firmware-2.0.img --json")
            .Acts(async (parsed, cancellationToken) =>
            {
                var file = parsed.GetValue(image)!;
                await using var stream = Open(file);
                var description = ImageDescription.Of(await ImageHeader.ReadAsync(stream, cancellationToken), stream.Length);
                if (parsed.GetValue(json))
                {
                    ControlContext.PrintJson(description);
                    return ExitCode.Ok;
                }

                description.Print($"What {file} says of itself; stationctl firmware verify tells whether it is true.");
                if (description.FileLength != description.ImageLength)
                    Console.WriteLine($"The file has {description.FileLength} bytes: {(description.FileLength < description.ImageLength ? "it is not whole" : "there is more behind the image")}.");
                return ExitCode.Ok;
            });
    }

    /// <summary>Opens an image's file.</summary>
    /// <exception cref="ConfigurationException">It is not there.</exception>
    internal static FileStream Open(string file) =>
        File.Exists(file) ? new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read) : throw new ConfigurationException($"There is no file {file}.");
}
