using System.Security.Cryptography;

namespace ProvisioningStation.Protocol;

/// <summary>The SHA-256 of a certificate's DER bytes, 64 lower-case hexadecimal digits, no separators.</summary>
public readonly record struct Fingerprint
{
    private readonly string? _value;

    private Fingerprint(string value) => _value = value;

    /// <summary>The fingerprint of <paramref name="certificate"/> (DER).</summary>
    public static Fingerprint Of(ReadOnlySpan<byte> certificate) => new(Convert.ToHexStringLower(SHA256.HashData(certificate)));

    /// <summary>Reads a fingerprint; upper case is accepted and folded.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/> where the text is not 64 hexadecimal digits.</exception>
    public static Fingerprint Parse(string? text) =>
        text is { Length: 64 } && text.All(char.IsAsciiHexDigit)
            ? new Fingerprint(text.ToLowerInvariant())
            : throw new ProvisioningException(ErrorCode.MalformedRequest, $"'{Printable.Shorten(text)}' is not a SHA-256 fingerprint (64 hexadecimal digits).");

    /// <inheritdoc/>
    public override string ToString() => _value ?? throw new InvalidOperationException("An unset fingerprint was used.");
}
