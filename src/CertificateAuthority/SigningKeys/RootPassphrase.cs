using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>The passphrase of the offline root's key: one line of a file that only its owner can read, or of standard input. Never an argument; overwritten after use.</summary>
internal sealed class RootPassphrase : IDisposable
{
    /// <summary>The name that stands for standard input.</summary>
    public const string StandardInput = "-";

    private const int MinLength = 12;
    private const int MaxBytes = 4096;

    private readonly char[] _text;

    private RootPassphrase(char[] text) => _text = text;

    /// <summary>The passphrase.</summary>
    public ReadOnlySpan<char> Text => _text;

    /// <summary>Reads it from <paramref name="file"/>, or from standard input where that is <c>-</c>.</summary>
    /// <exception cref="ConfigurationException">It can't be read, can be read by others, or is too short.</exception>
    public static RootPassphrase Read(string file)
    {
        try
        {
            if (file == StandardInput)
            {
                using var input = Console.OpenStandardInput();
                return Read(input, "standard input");
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~DataDirectory.OwnerOnly) != UnixFileMode.None)
                throw new ConfigurationException($"The passphrase file {file} can be read by others. Take their rights away: chmod 600 {file}");
            using var stream = File.OpenRead(file);
            return Read(stream, file);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The passphrase file {file} can't be read: {cause.Message}", cause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_text.AsSpan()));

    private static RootPassphrase Read(Stream stream, string source)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        try
        {
            var (length, end) = (0, -1);
            while (end < 0 && length < bytes.Length && stream.Read(bytes[length..]) is > 0 and var read)
            {
                length += read;
                end = bytes[..length].IndexOfAny((byte)'\n', (byte)'\r'); // whoever types it ends it with Enter
            }

            var line = bytes[..(end < 0 ? length : end)];
            var text = new char[Encoding.UTF8.GetCharCount(line)];
            Encoding.UTF8.GetChars(line, text);
            var passphrase = new RootPassphrase(text);
            if (text.Length >= MinLength)
                return passphrase;
            passphrase.Dispose();
            throw new ConfigurationException($"The passphrase of the root's key ({source}) has fewer than {MinLength} characters. Take a longer one, in the first line.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
