using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ProvisioningStation.Hosting;

/// <summary>
/// Private keys at rest (P-32): AES-256-GCM with a fresh nonce per value and the owner's name as associated data, so that a value moved to another row does not open.
/// The wrapping key is a file of mode 0600 that holds 32 random bytes as one line of base64. The line itself is the passphrase of the program's PEM key files.
/// </summary>
public sealed class KeyProtection : IDisposable
{
    private const int KeySize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _key;
    private readonly ThreadLocal<AesGcm> _ciphers;

    private KeyProtection(byte[] key)
    {
        _key = key;
        _ciphers = new ThreadLocal<AesGcm>(() => new AesGcm(_key, TagSize), trackAllValues: true);
    }

    /// <summary>The passphrase of encrypted PKCS#8 files of the same owner.</summary>
    public string Passphrase => Convert.ToBase64String(_key);

    /// <summary>Reads the wrapping key.</summary>
    /// <exception cref="ConfigurationException">The file is missing, readable by others, or not a wrapping key.</exception>
    public static KeyProtection Load(string file)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~DataDirectory.OwnerOnly) != UnixFileMode.None)
                throw new ConfigurationException($"The wrapping key {file} can be read by others. Take their rights away: chmod 600 {file}");
            var text = File.ReadAllBytes(file);
            var key = new byte[KeySize + 2];
            var status = Base64.DecodeFromUtf8(text.AsSpan().TrimEnd("\r\n"u8), key, out _, out var written);
            CryptographicOperations.ZeroMemory(text);
            if (status != System.Buffers.OperationStatus.Done || written != KeySize)
                throw new ConfigurationException($"The file {file} does not hold a wrapping key: expected one line of base64 of {KeySize} bytes.");
            return new KeyProtection(key[..KeySize]);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The wrapping key {file} can't be read: {cause.Message}", cause);
        }
    }

    /// <summary>Reads the wrapping key and makes it first where there is none.</summary>
    public static KeyProtection LoadOrCreate(string file)
    {
        if (!File.Exists(file))
        {
            var key = RandomNumberGenerator.GetBytes(KeySize);
            var line = Encoding.ASCII.GetBytes(Convert.ToBase64String(key) + "\n");
            DurableFile.Write(file, line);
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(line);
        }

        return Load(file);
    }

    /// <summary>Encrypts <paramref name="key"/>; the result is nonce (12) | tag (16) | ciphertext.</summary>
    public byte[] Wrap(ReadOnlySpan<byte> key, string associatedData)
    {
        var wrapped = new byte[NonceSize + TagSize + key.Length];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceSize));
        _ciphers.Value!.Encrypt(
            wrapped.AsSpan(0, NonceSize),
            key,
            wrapped.AsSpan(NonceSize + TagSize),
            wrapped.AsSpan(NonceSize, TagSize),
            Encoding.UTF8.GetBytes(associatedData));
        return wrapped;
    }

    /// <summary>Decrypts what <see cref="Wrap"/> made. Clear the result after use.</summary>
    /// <exception cref="CryptographicException">Changed, made under another wrapping key, or for another <paramref name="associatedData"/>.</exception>
    public byte[] Unwrap(ReadOnlySpan<byte> wrapped, string associatedData)
    {
        if (wrapped.Length < NonceSize + TagSize)
            throw new CryptographicException("The wrapped key is too short.");
        var key = new byte[wrapped.Length - NonceSize - TagSize];
        _ciphers.Value!.Decrypt(
            wrapped[..NonceSize],
            wrapped[(NonceSize + TagSize)..],
            wrapped.Slice(NonceSize, TagSize),
            key,
            Encoding.UTF8.GetBytes(associatedData));
        return key;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var cipher in _ciphers.Values)
            cipher.Dispose();
        _ciphers.Dispose();
        CryptographicOperations.ZeroMemory(_key);
    }
}
