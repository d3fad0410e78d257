using System.CommandLine;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Control.Firmware;

/// <summary><c>stationctl firmware</c>: what makes a build into an image that boards install, and what an image is (U-20). It works on files; no program has to run.</summary>
internal static class FirmwareCommand
{
    /// <summary>The command with its subcommands.</summary>
    public static Command Create() => new("firmware", "Signed images of firmware and applications: make a signing key, sign, look inside, verify.")
    {
        KeygenCommand.Create(),
        SignCommand.Create(),
        InspectCommand.Create(),
        VerifyCommand.Create(),
    };

    internal static Argument<string> ImageArgument() => new("image") { Description = "The image's file." };

    internal static Option<bool> JsonOption() => new(CommandRun.JsonOption) { Description = "Answer as JSON." };

    internal static Option<bool> ForceOption(string what) => new("--force") { Description = $"Overwrite {what} where it is there already." };

    /// <summary>Passes a file that can be made.</summary>
    /// <exception cref="ConfigurationException">There is no folder to make it in.</exception>
    internal static void RequireFolder(string file)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
            throw new ConfigurationException($"There is no folder {folder} to put {Path.GetFileName(file)} into. Make it, or name another one.");
    }

    internal static Option<string> PassphraseOption()
    {
        var option = SecretInput.Option("--passphrase-file", "the passphrase of the signing key");
        option.Description += " Without it a person at a terminal is asked.";
        return option;
    }
}
