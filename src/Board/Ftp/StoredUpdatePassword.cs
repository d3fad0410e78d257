using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProvisioningStation.Board.Flash;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Tls;

namespace ProvisioningStation.Board.Ftp;

/// <summary>Who stores one-time passwords: what its certificate says, and where it calls from.</summary>
internal sealed record UpdatePeer(Role Role, string Name, IPAddress Address)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Role} {Name}";
}

/// <summary>What a stored password is good for.</summary>
internal enum PasswordState
{
    /// <summary>Somebody may log in with it.</summary>
    Armed,

    /// <summary>Too many tried others: nobody may, until it is stored again.</summary>
    Locked,

    /// <summary>It has overwritten another, or was forbidden: nobody ever may (U-10).</summary>
    Erased,
}

/// <summary>The one-time password as NVRAM keeps it: only its salted digest, which is enough for a secret with 128 random bits or more.</summary>
/// <param name="Id">Who logs in with it.</param>
/// <param name="Salt">16 random bytes, hexadecimal.</param>
/// <param name="Digest">SHA-256 of salt and password, hexadecimal.</param>
/// <param name="Role">Of the peer that stored it.</param>
/// <param name="Peer">The peer's name.</param>
/// <param name="Address">The only address that may log in.</param>
/// <param name="State">What it is good for.</param>
/// <param name="IsUsed">Whether somebody has logged in with it, so that it was on the wire in clear.</param>
internal sealed record StoredUpdatePassword(string Id, string Salt, string Digest, Role Role, string Peer, string Address, PasswordState State, bool IsUsed)
{
    private const int SaltLength = 16;

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>A new one, not used yet.</summary>
    public static StoredUpdatePassword Create(string id, string password, UpdatePeer peer, PasswordState state)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        return new StoredUpdatePassword(id, Convert.ToHexStringLower(salt), Convert.ToHexStringLower(DigestOf(salt, password)), peer.Role, peer.Name, peer.Address.ToString(), state, IsUsed: false);
    }

    /// <summary>Reads the value; null where there is none, or it is damaged: then nobody logs in.</summary>
    public static StoredUpdatePassword? Read(string file)
    {
        try
        {
            return NvramValue.TryRead(file) is { } json ? JsonSerializer.Deserialize<StoredUpdatePassword>(json, Json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the value, durably.</summary>
    /// <param name="file">Where it lies.</param>
    /// <param name="mayTear">Whether it is written over the old one where there is no room for both: a power cut may then leave neither, which lets nobody in.</param>
    public void Write(string file, bool mayTear = false)
    {
        var value = NvramValue.Seal([.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n']);
        try
        {
            DurableFile.Write(file, value);
        }
        catch (Exception cause) when (mayTear && cause is IOException or UnauthorizedAccessException)
        {
            DurableFile.WriteInPlace(file, value);
        }
    }

    /// <summary>Whether it is that password of that Id. How long the answer takes tells nothing.</summary>
    public bool Matches(string id, string password)
    {
        var sameId = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(id)), SHA256.HashData(Encoding.UTF8.GetBytes(Id)));
        var samePassword = CryptographicOperations.FixedTimeEquals(DigestOf(Convert.FromHexString(Salt), password), Convert.FromHexString(Digest));
        return sameId & samePassword;
    }

    /// <summary>Whether <paramref name="peer"/> stored it, from whatever address.</summary>
    public bool IsOf(UpdatePeer peer) => Role == peer.Role && Peer == peer.Name;

    private static byte[] DigestOf(byte[] salt, string password) => SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)]);
}
