using System.Net;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Board.Ftp;

/// <summary>Whom the FTP port is open to.</summary>
/// <param name="Address">The only address that is served.</param>
internal sealed record FtpDoor(IPAddress Address)
{
    /// <summary>An address as it is compared: one of IPv4 that came in over a socket for both is one of IPv4.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

/// <summary>How long a stored password is good for.</summary>
/// <param name="Limit">From its storing, or from the start; null for the small updater.</param>
internal sealed record UpdatePasswordTerms(TimeSpan? Limit)
{
    /// <summary>Whether there is nobody who could store another one: TLS and SOAP do not run (U-12).</summary>
    public bool IsSmallUpdater => Limit is null;

    /// <summary>How long three wrong logins close the small updater's port; nothing could open it otherwise.</summary>
    public TimeSpan WrongLoginPause { get; } = TimeSpan.FromMinutes(1);

    /// <summary>How soon an erasing is stored again that could not be.</summary>
    public TimeSpan StoreAgainAfter { get; } = TimeSpan.FromSeconds(10);
}

/// <summary>What an Id and a one-time password may be.</summary>
internal static class UpdatePasswordRules
{
    private const int MaxIdLength = 64;
    private const int MinPasswordLength = 16;
    private const int MaxPasswordLength = 128;

    /// <summary>Passes what can be said in one word on an FTP command line and is long enough to hold 128 random bits or nearly so.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>; the message does not hold the password.</exception>
    public static void RequireGood(string id, string password)
    {
        if (!IsWord(id, 1, MaxIdLength))
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"The Id '{Printable.Shorten(id)}' can't be logged in with. Allowed: 1 to {MaxIdLength} printable ASCII characters without spaces.");
        if (!IsWord(password, MinPasswordLength, MaxPasswordLength))
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"The one-time password has {password.Length} characters. Allowed: {MinPasswordLength} to {MaxPasswordLength} printable ASCII characters without spaces.");
    }

    private static bool IsWord(string text, int shortest, int longest) => text.Length >= shortest && text.Length <= longest && text.All(c => c is > ' ' and <= '~');
}
