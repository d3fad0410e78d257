using System.CommandLine;

namespace ProvisioningStation.Control.Firmware;

/// <summary><c>stationctl firmware keygen</c>.</summary>
internal static class KeygenCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var key = new Option<string>("--key") { Description = "Where the private key goes: encrypted, for its owner only.", HelpName = "FILE", Required = true };
        var publicKey = new Option<string>("--public-key") { Description = "Where the public key goes, which boards check images with.", HelpName = "FILE", Required = true };
        var (passphrase, force, json) = (FirmwareCommand.PassphraseOption(), FirmwareCommand.ForceOption("a key"), FirmwareCommand.JsonOption());
        return new Command("keygen", "Makes a key pair that signs images: EC on P-256, the private key under a passphrase.") { key, publicKey, passphrase, force, json }
            .WithExamples(
                "stationctl firmware keygen --key firmware-key.pem --public-key firmware-keys.pem",
                "stationctl firmware keygen --key firmware-key.pem --public-key firmware-keys.pem --passphrase-file passphrase --json")
            .Acts((parsed, _) =>
            {
                var (privateFile, publicFile) = (parsed.GetValue(key)!, parsed.GetValue(publicKey)!);
                var id = SigningKeyFile.Create(privateFile, publicFile, SecretInput.ReadOrAskTwice(parsed, passphrase), parsed.GetValue(force));
                if (parsed.GetValue(json))
                    ControlContext.PrintJson(new { key = privateFile, publicKey = publicFile, keyId = id.ToString() });
                else
                    Console.WriteLine($"Private key: {privateFile} (keep it and its passphrase apart from each other, and both from the boards)\nPublic key:  {publicFile} (for the boards)\nKey id:      {id}");
                return Task.FromResult(ExitCode.Ok);
            });
    }
}
