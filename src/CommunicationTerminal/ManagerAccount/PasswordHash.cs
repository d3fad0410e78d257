using System.Security.Cryptography;

namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>A password as it is stored: PBKDF2 with SHA-256 over a random salt.</summary>
internal sealed record PasswordHash(byte[] Salt, byte[] Hash, int Iterations)
{
    private const int CurrentIterations = 600_000;
    private const int Size = 32;

    /// <summary>Hashes a new password (UTF-8).</summary>
    public static PasswordHash Create(ReadOnlySpan<byte> password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return new PasswordHash(salt, Derive(password, salt, CurrentIterations), CurrentIterations);
    }

    /// <summary>Whether <paramref name="password"/> is the one; takes the same time either way.</summary>
    public bool Matches(ReadOnlySpan<byte> password) => CryptographicOperations.FixedTimeEquals(Hash, Derive(password, Salt, Iterations));

    private static byte[] Derive(ReadOnlySpan<byte> password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, Size);
}
