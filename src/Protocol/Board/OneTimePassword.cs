using System.Security.Cryptography;

namespace ProvisioningStation.Protocol.Board;

/// <summary>The secret that goes over TLS and lets the updating side log in to the board over FTP: made by the updating side (U-2), or by the board (U-13).</summary>
public static class OneTimePassword
{
    /// <summary>160 bits, more than the 128 that are asked for, in characters that need no quoting on any command line or in any XML.</summary>
    private const int Length = 32;

    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; // RFC 4648 base32: 5 bits each

    /// <summary>A new one from the platform's generator.</summary>
    public static string Create() => RandomNumberGenerator.GetString(Alphabet, Length);
}
