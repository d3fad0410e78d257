using System.CommandLine;

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

    internal static Option<string> PassphraseOption()
    {
        var option = SecretInput.Option("--passphrase-file", "the passphrase of the signing key");
        option.Description += " Without it a person at a terminal is asked.";
        return option;
    }
}
