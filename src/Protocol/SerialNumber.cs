using System.Security.Cryptography;

namespace ProvisioningStation.Protocol;

/// <summary>
/// A certificate's serial number in its one canonical form: lower-case hexadecimal, no separators, 40 digits.
/// 20 octets with the top two bits fixed at 01, so that every serial is positive and of one length (RFC 5280, 4.1.2.2); at least 128 of the others are random.
/// </summary>
public readonly record struct SerialNumber
{
    /// <summary>The number of octets of every serial that this system makes.</summary>
    public const int Size = 20;

    private readonly string? _value;

    private SerialNumber(string value) => _value = value;

    /// <summary>A new random serial number.</summary>
    public static SerialNumber Random()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        bytes[0] = (byte)((bytes[0] & 0x3F) | 0x40);
        return new SerialNumber(Convert.ToHexStringLower(bytes));
    }

    /// <summary>Reads the canonical form, as stored.</summary>
    public static SerialNumber Parse(string text) =>
        text is { Length: 2 * Size } && text.All(char.IsAsciiHexDigitLower)
            ? new SerialNumber(text)
            : throw new FormatException($"'{Printable.Shorten(text)}' is not a serial number in canonical form.");

    /// <summary>The big-endian octets, as they stand in the certificate.</summary>
    public byte[] ToBytes() => Convert.FromHexString(ToString());

    /// <inheritdoc/>
    public override string ToString() => _value ?? throw new InvalidOperationException("An unset serial number was used.");
}
