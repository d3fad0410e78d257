using System.CommandLine;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Control;

/// <summary>A secret that a command needs: from a file that only its owner can read, or from standard input. Never an argument, which every process on the machine can see.</summary>
public static class SecretInput
{
    private const string StandardInput = "-";
    private const int MaxLength = 4096;

    /// <summary>An option such as <c>--passphrase-file</c>; <c>-</c> means standard input.</summary>
    public static Option<string> Option(string name, string what) => new(name) { Description = $"The file with {what}, readable by its owner only; - reads standard input.", HelpName = "FILE" };

    /// <summary>Reads the secret; one line end behind it does not belong to it.</summary>
    /// <exception cref="ConfigurationException">There is none, it is empty, or others can read the file.</exception>
    public static string Read(ParseResult parsed, Option<string> option)
    {
        var file = parsed.GetValue(option) ?? throw new ConfigurationException($"{option.Name} is missing: a secret comes from a file or, with -, from standard input.");
        using var reader = file == StandardInput ? Console.In : OpenFile(file, option);
        var buffer = new char[MaxLength + 1];
        var length = reader.ReadBlock(buffer);
        if (length > MaxLength)
            throw new ConfigurationException($"What {option.Name} names is longer than {MaxLength} characters; that is no passphrase.");
        var secret = new string(buffer, 0, length).TrimEnd('\n').TrimEnd('\r');
        return secret.Length > 0 ? secret : throw new ConfigurationException($"What {option.Name} names is empty.");
    }

    private static StreamReader OpenFile(string file, Option<string> option)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"{option.Name}: there is no file {file}.");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~(DataDirectory.OwnerOnlyFile | UnixFileMode.UserExecute)) != UnixFileMode.None)
            throw new ConfigurationException($"{option.Name}: others than its owner can read {file}. Run chmod 600 on it.");
        return new StreamReader(file);
    }
}
