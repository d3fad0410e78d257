using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.CertificateAuthority.SigningKeys;

/// <summary>
/// Signing keys in an HSM (P-32). The service signs through OpenSSL's PKCS#11 engine; the ceremony has keys made inside the token by <c>pkcs11-tool</c> (OpenSC), because neither .NET nor
/// the engine can. The PIN is read from its file each time, and never stands in an argument: the engine gets it in memory, the tool in its environment.
/// </summary>
internal sealed class HsmKeys
{
    private const string Tool = "pkcs11-tool";
    private const string PinVariable = "PROVISIONING_STATION_HSM_PIN";
    private const int MaxPinLength = 255;
    private static readonly TimeSpan ToolLimit = TimeSpan.FromMinutes(2);

    private readonly HsmOptions _options;
    private readonly string _pinFile;
    private bool _isReady;

    private HsmKeys(HsmOptions options, string pinFile)
    {
        _options = options;
        _pinFile = pinFile;
    }

    /// <summary>The token that <paramref name="options"/> name; null where they name none.</summary>
    public static HsmKeys? From(HsmOptions options, DataDirectory data) => options.Module is null ? null : new HsmKeys(options, data.Resolve(options.PinFile!));

    /// <summary>Where the key <paramref name="label"/> is, for people.</summary>
    public string Place(string label) => $"HSM token '{_options.Token}', object '{label}'";

    /// <summary>The key <paramref name="label"/>: it signs inside the token.</summary>
    /// <exception cref="ConfigurationException">The token, the PIN or the key is not there.</exception>
    public AsymmetricAlgorithm Open(string label)
    {
        if (OperatingSystem.IsWindows())
            throw new ConfigurationException("Keys in an HSM need Linux: they are reached through OpenSSL's PKCS#11 engine.");
        Prepare();
        try
        {
            using var handle = SafeEvpPKeyHandle.OpenPrivateKeyFromEngine(_options.Engine, $"pkcs11:token={Uri.EscapeDataString(_options.Token!)};object={Uri.EscapeDataString(label)};type=private");
            try
            {
                return new ECDsaOpenSsl(handle);
            }
            catch (CryptographicException)
            {
                return new RSAOpenSsl(handle);
            }
        }
        catch (CryptographicException cause)
        {
            throw new ConfigurationException(
                $"The key '{label}' can't be opened in the HSM ({cause.Message}). Check that the token '{_options.Token}' is there, that {_pinFile} holds its PIN, and that the set-up has made the key: pkcs11-tool --module {_options.Module} --token-label '{_options.Token}' --login --list-objects",
                cause);
        }
    }

    /// <summary>The key <paramref name="label"/>, made inside the token first where it is missing. It can't be read out of it.</summary>
    /// <exception cref="ConfigurationException">The token refuses, or the tool is missing.</exception>
    public AsymmetricAlgorithm OpenOrCreate(string label, SigningKeyAlgorithm algorithm)
    {
        var listed = RunTool("--list-objects", "--type", "privkey");
        if (!listed.Split('\n').Any(line => line.TrimStart().StartsWith("label:", StringComparison.Ordinal) && line.TrimEnd().EndsWith(" " + label, StringComparison.Ordinal)))
        {
            var type = algorithm switch
            {
                SigningKeyAlgorithm.EcP256 => "EC:prime256v1",
                SigningKeyAlgorithm.EcP384 => "EC:secp384r1",
                _ => "rsa:3072",
            };
            var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(label)).AsSpan(0, 10)); // the engine finds the public key by it
            RunTool("--keypairgen", "--key-type", type, "--label", label, "--id", id, "--usage-sign");
        }

        return Open(label);
    }

    private void Prepare()
    {
        if (_isReady)
            return;
        Span<byte> pin = stackalloc byte[MaxPinLength + 1];
        try
        {
            ReadPin(pin);
            if (!File.Exists(_options.Module))
                throw new ConfigurationException($"The PKCS#11 module {_options.Module} is missing. Install the HSM's software, or correct Hsm:Module.");
            if (!Pkcs11Engine.TryConfigure(_options.Engine, _options.Module, pin))
                throw new ConfigurationException($"OpenSSL has no usable engine '{_options.Engine}'. Install it (Debian: libengine-pkcs11-openssl), or correct Hsm:Engine.");
            _isReady = true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pin);
        }
    }

    /// <summary>Reads the PIN without its line end; what follows it in <paramref name="pin"/> is zero.</summary>
    private int ReadPin(Span<byte> pin)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_pinFile) & ~DataDirectory.OwnerOnly) != UnixFileMode.None)
                throw new ConfigurationException($"The PIN file {_pinFile} can be read by others. Take their rights away: chmod 600 {_pinFile}");
            using var stream = File.OpenRead(_pinFile);
            var read = stream.ReadAtLeast(pin[..MaxPinLength], MaxPinLength, throwOnEndOfStream: false);
            var length = pin[..read].TrimEnd("\r\n"u8).Length;
            pin[length..].Clear();
            return length > 0 ? length : throw new ConfigurationException($"The PIN file {_pinFile} is empty.");
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The PIN file {_pinFile} of the HSM can't be read: {cause.Message}", cause);
        }
    }

    private string RunTool(params string[] command)
    {
        var start = new ProcessStartInfo(Tool, ["--module", _options.Module!, "--token-label", _options.Token!, "--login", "--pin", "env:" + PinVariable, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Span<byte> pin = stackalloc byte[MaxPinLength + 1];
        start.Environment[PinVariable] = Encoding.UTF8.GetString(pin[..ReadPin(pin)]);
        CryptographicOperations.ZeroMemory(pin);
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(ToolLimit))
            {
                process.Kill();
                throw new ConfigurationException($"{Tool} did not end within {ToolLimit.TotalMinutes:F0} minutes: the HSM does not answer.");
            }

            return process.ExitCode == 0
                ? output.GetAwaiter().GetResult()
                : throw new ConfigurationException($"The HSM refused ({Tool} {command[0]}): {error.GetAwaiter().GetResult().Trim().ReplaceLineEndings(" ")}");
        }
        catch (System.ComponentModel.Win32Exception cause)
        {
            throw new ConfigurationException($"{Tool} can't be started: {cause.Message} It makes keys inside the HSM. Install it (Debian: opensc).", cause);
        }
    }
}
