using System.Security.Cryptography;
using System.Text;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.Flash;

/// <summary>A value in NVRAM as it lies there: lines of text, and behind them <c>check=</c> with the first 8 hexadecimal digits of their SHA-256, so that a changed bit is found and never taken for a value.</summary>
internal static class NvramValue
{
    private const int CheckLength = 15;

    /// <summary>The bytes of <paramref name="value"/>, which ends with a line feed, with their check.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> value) => [.. value, .. Check(value)];

    /// <summary>Reads a value, null where there is none.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.WriteFailed"/> where what lies there is not what was written.</exception>
    public static byte[]? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        var sealedValue = File.ReadAllBytes(path);
        var length = Math.Max(0, sealedValue.Length - CheckLength);
        return sealedValue.AsSpan(length).SequenceEqual(Check(sealedValue.AsSpan(0, length)))
            ? sealedValue[..length]
            : throw new ProvisioningException(ErrorCode.WriteFailed, "What lies there is not what was written: its check does not fit.");
    }

    /// <summary>As <see cref="Read"/>, null also where it is damaged.</summary>
    public static byte[]? TryRead(string path)
    {
        try
        {
            return Read(path);
        }
        catch (ProvisioningException)
        {
            return null;
        }
    }

    private static byte[] Check(ReadOnlySpan<byte> value) => Encoding.ASCII.GetBytes($"check={Convert.ToHexStringLower(SHA256.HashData(value)[..4])}\n");
}
