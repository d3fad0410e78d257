namespace ProvisioningStation.Protocol.Firmware;

/// <summary>The name of a version of firmware or of an application. Versions are compared for equality only; which one is newer says <see cref="ImageManifest.Sequence"/>.</summary>
public static class FirmwareVersion
{
    /// <summary>What a version looks like.</summary>
    public const string Pattern = "^[0-9A-Za-z.+-]{1,32}$";

    /// <summary>What <see cref="Pattern"/> allows, in words.</summary>
    public const string Allowed = "1 to 32 letters, digits, '.', '+' and '-'";

    /// <summary>Whether <paramref name="text"/> is one.</summary>
    public static bool IsValid(string? text) => text is { Length: >= 1 and <= 32 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '+' or '-');
}
