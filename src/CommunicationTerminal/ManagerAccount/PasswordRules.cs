using System.Text;

namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>What a password may not be.</summary>
internal enum PasswordFault
{
    /// <summary>Fewer characters than the rules ask for.</summary>
    TooShort,

    /// <summary>More than 256 characters.</summary>
    TooLong,

    /// <summary>It holds the account's name.</summary>
    HoldsName,

    /// <summary>A few characters, or a run of neighbours, over and over.</summary>
    TooSimple,

    /// <summary>It is the one that is to be replaced.</summary>
    Unchanged,
}

/// <summary>The rules for new passwords (NIST SP 800-63B, 5.1.1: length, and nothing that is guessed first).</summary>
internal static class PasswordRules
{
    private const int MaxLength = 256;
    private const int FewestKinds = 5;

    /// <summary>What is wrong with a password for <paramref name="account"/>; null where it may be taken.</summary>
    public static PasswordFault? FindFault(string password, string account, PasswordHash? current, AccountOptions options)
    {
        if (password.EnumerateRunes().Count() < options.MinPasswordLength)
            return PasswordFault.TooShort;
        if (password.Length > MaxLength)
            return PasswordFault.TooLong;
        if (account.Length >= 3 && password.Contains(account, StringComparison.OrdinalIgnoreCase))
            return PasswordFault.HoldsName;
        if (password.Distinct().Count() < FewestKinds || IsARun(password))
            return PasswordFault.TooSimple;
        return current?.Matches(BytesOf(password)) == true ? PasswordFault.Unchanged : null;
    }

    /// <summary>The bytes that are hashed: UTF-8 of the composed form, so that it does not matter which keyboard wrote it (RFC 8265, 4.2).</summary>
    public static byte[] BytesOf(string password) => Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormC));

    private static bool IsARun(string password)
    {
        var steps = password.Zip(password.Skip(1), static (a, b) => b - a).ToList();
        return steps.Count(static step => step is -1 or 0 or 1) >= steps.Count * 3 / 4;
    }
}
