using System.CommandLine;
using ProvisioningStation.Control.CertificateAuthority;
using ProvisioningStation.Hosting;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.Firmware;

namespace ProvisioningStation.Control.Firmware;

/// <summary><c>stationctl firmware sign</c>.</summary>
internal static class SignCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var payload = new Argument<string>("payload") { Description = "What the board is to run: any file, of any size." };
        var models = new Option<string[]>("--models") { Description = "The models that may install it, with commas between.", HelpName = "MODELS", Required = true };
        var version = new Option<string>("--version") { Description = $"Its version as boards report it: {FirmwareVersion.Allowed}.", HelpName = "VERSION", Required = true };
        var sequence = new Option<long>("--sequence") { Description = "Counts up with every release, from 1; a board refuses one that is smaller than what it runs.", HelpName = "N", Required = true };
        var minimum = new Option<long>("--minimum-sequence") { Description = "Once this runs, the board never again takes anything below N; up to its own sequence.", HelpName = "N" };
        var rollback = new Option<bool>("--allow-rollback") { Description = "It may replace a newer one." };
        var expires = new Option<string?>("--expires") { Description = "No board installs it after this day (UTC) or moment.", HelpName = "MOMENT" };
        var application = new Option<string?>("--application") { Description = "It is this application, not firmware: small letters, digits and '-'.", HelpName = "NAME" };
        var key = new Option<string>("--key") { Description = "The private key, from keygen.", HelpName = "FILE", Required = true };
        var output = new Option<string>("--out") { Description = "The image; there only when it is whole.", HelpName = "FILE", Required = true };
        var (passphrase, force, json) = (FirmwareCommand.PassphraseOption(), FirmwareCommand.ForceOption("the image"), FirmwareCommand.JsonOption());
        return new Command("sign", "Makes a signed image of a build.") { payload, models, version, sequence, minimum, rollback, expires, application, key, passphrase, output, force, json }
            .WithExamples(
                "stationctl firmware sign build.bin --models 3012,A123 --version 2.0 --sequence 7 --key firmware-key.pem --out firmware-2.0.img",
                "stationctl firmware sign build.bin --models 3012 --version 2.1 --sequence 8 --minimum-sequence 7 --expires 2027-12-31 --key firmware-key.pem --passphrase-file passphrase --out firmware-2.1.img",
                "stationctl firmware sign viewer.bin --application viewer --models 3012 --version 1.4 --sequence 3 --allow-rollback --key firmware-key.pem --passphrase-file passphrase --out viewer-1.4.img --json")
            .Acts(async (parsed, cancellationToken) =>
            {
                var file = parsed.GetValue(payload)!;
                if (!File.Exists(file))
                    throw new ConfigurationException($"There is no file {file} to sign.");
                await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
                if (!stream.CanSeek)
                    throw new ConfigurationException($"{file} is no file that is there as a whole; write it to one first.");
                var name = parsed.GetValue(application);
                var manifest = new ImageManifest(
                    name is null ? ImageKind.Firmware : ImageKind.Application,
                    name ?? string.Empty,
                    [.. parsed.GetValue(models)!.SelectMany(list => list.Split(',', StringSplitOptions.TrimEntries)).Select(ModelCode.Parse)],
                    parsed.GetValue(version)!,
                    parsed.GetValue(sequence),
                    parsed.GetValue(minimum),
                    parsed.GetValue(rollback),
                    stream.Length,
                    Fingerprint.Of([]),
                    ReadEnd(expires.Name, parsed.GetValue(expires)));
                manifest.RequireAllowed();
                var image = parsed.GetValue(output)!;
                if (Path.GetFullPath(image) == Path.GetFullPath(file))
                    throw new ConfigurationException("--out is the payload itself; take another name.");
                using var signing = SigningKeyFile.Open(parsed.GetValue(key)!, SecretInput.ReadOrAsk(parsed, passphrase));
                var header = await ImageFile.WriteAsync(image, stream, manifest, signing, parsed.GetValue(force), cancellationToken);
                var description = ImageDescription.Of(header, header.ImageLength);
                if (parsed.GetValue(json))
                    ControlContext.PrintJson(description);
                else
                    description.Print($"{image} is signed.");
                return ExitCode.Ok;
            });
    }

    /// <summary>A manifest knows whole seconds only, and an image that nobody can install any more is a mistake.</summary>
    private static DateTimeOffset? ReadEnd(string option, string? text)
    {
        if (MomentText.End(option, text) is not { } end)
            return null;
        return end > TimeProvider.System.GetUtcNow()
            ? end.AddTicks(-(end.Ticks % TimeSpan.TicksPerSecond))
            : throw new ConfigurationException($"{option}: {text} is over already: no board would install it.");
    }
}
