using System.CommandLine;
using System.Runtime.InteropServices;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Control;

/// <summary>A secret that a command needs: from a file that only its owner can read, from standard input, or typed at a terminal. Never an argument, which every process on the machine can see.</summary>
public static partial class SecretInput
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

    /// <summary>The same; a person at a terminal who named no file is asked for it.</summary>
    /// <inheritdoc cref="Read"/>
    public static string ReadOrAsk(ParseResult parsed, Option<string> option) => IsAsked(parsed, option) ? Ask("Passphrase: ") : Read(parsed, option);

    /// <summary>The same for a secret that is new: a person types it twice.</summary>
    /// <inheritdoc cref="Read"/>
    public static string ReadOrAskTwice(ParseResult parsed, Option<string> option)
    {
        var secret = ReadOrAsk(parsed, option);
        return !IsAsked(parsed, option) || Ask("Once more:  ") == secret ? secret : throw new ConfigurationException("These were two different ones. Nothing was done.");
    }

    private static bool IsAsked(ParseResult parsed, Option<string> option) => parsed.GetValue(option) is null && !Console.IsInputRedirected && !OperatingSystem.IsWindows();

    /// <summary>
    /// What is typed never shows, not even what comes before the program is ready to read it: <c>getpass</c> ends the terminal's echo and forgets earlier keys before it shows the question.
    /// <see cref="Console.ReadKey(bool)"/> ends it only while it waits.
    /// </summary>
    private static string Ask(string question)
    {
        var typed = GetPass(question);
        if (typed == 0)
            throw new ConfigurationException($"The terminal can't be read (errno {Marshal.GetLastPInvokeError()}).");
        var secret = Marshal.PtrToStringUTF8(typed)!;
        for (var at = 0; Marshal.ReadByte(typed, at) != 0; at++)
            Marshal.WriteByte(typed, at, 0);
        return secret.Length > 0 ? secret : throw new ConfigurationException("Nothing was typed. Nothing was done.");
    }

    private static StreamReader OpenFile(string file, Option<string> option)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"{option.Name}: there is no file {file}.");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~(DataDirectory.OwnerOnlyFile | UnixFileMode.UserExecute)) != UnixFileMode.None)
            throw new ConfigurationException($"{option.Name}: others than its owner can read {file}. Run chmod 600 on it.");
        return new StreamReader(file);
    }

    [LibraryImport("libc", EntryPoint = "getpass", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetPass(string question);
}
