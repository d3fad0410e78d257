using System.CommandLine;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Control.Firmware;

/// <summary><c>stationctl firmware verify</c>: what a board checks, in its order, without a board.</summary>
internal static class VerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var image = FirmwareCommand.ImageArgument();
        var keys = new Option<string>("--keys") { Description = "The public keys that are trusted (PEM).", HelpName = "FILE", Required = true };
        var model = new Option<string?>("--model") { Description = "The board's model. Default: one that the image names.", HelpName = "MODEL" };
        var installed = new Option<long>("--installed-sequence") { Description = "The sequence of what the board runs. Default: it runs no image yet.", HelpName = "N" };
        var floor = new Option<long>("--floor") { Description = "The largest minimum sequence of all images that ever ran there. Default: 0.", HelpName = "N" };
        var json = FirmwareCommand.JsonOption();
        return new Command(
            "verify",
            "Checks an image as a board does: signature, rules, payload. Exit code 5 where it is not an image as it was signed, 3 where it is, and the board may not install it.")
        {
            image, keys, model, installed, floor, json,
        }.WithExamples(
            "stationctl firmware verify firmware-2.0.img --keys firmware-keys.pem",
            "stationctl firmware verify firmware-2.0.img --keys firmware-keys.pem --model 3012 --installed-sequence 6 --floor 4 --json")
        .Acts(async (parsed, cancellationToken) =>
        {
            var trusted = FirmwareKeyFile.Read(parsed.GetValue(keys)!, keys.Name);
            ModelCode? only = parsed.GetValue(model) is { } named ? ModelCode.Parse(named) : null;
            await using var stream = InspectCommand.Open(parsed.GetValue(image)!);
            var verdict = await ImageVerdict.JudgeAsync(
                stream,
                trusted,
                manifest => new ImageTarget(
                    only is { } one ? [one] : manifest.Models,
                    parsed.GetValue(installed),
                    parsed.GetValue(floor),
                    long.MaxValue,
                    TimeProvider.System.GetUtcNow(),
                    manifest.Kind == ImageKind.Firmware ? null : manifest.Name),
                cancellationToken);
            foreach (var key in trusted)
                key.Dispose();
            if (parsed.GetValue(json))
                ControlContext.PrintJson(verdict);
            else
                verdict.Print();
            return verdict.ExitCode;
        });
    }
}
