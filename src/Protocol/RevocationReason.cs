namespace ProvisioningStation.Protocol;

/// <summary>Why a certificate ended before its time. The values are those of CRLReason (RFC 5280, 5.3.1).</summary>
public enum RevocationReason
{
    /// <summary>Not said; a CRL then has no reason code.</summary>
    Unspecified = 0,

    /// <summary>The private key is, or may be, in somebody else's hands.</summary>
    KeyCompromise = 1,

    /// <summary>The subject's name or model has changed.</summary>
    AffiliationChanged = 3,

    /// <summary>A newer certificate stands in its place.</summary>
    Superseded = 4,

    /// <summary>The product is no longer in use.</summary>
    CessationOfOperation = 5,

    /// <summary>The product may no longer do what the certificate allows.</summary>
    PrivilegeWithdrawn = 9,
}

/// <summary>The names of <see cref="RevocationReason"/>, spelled as in the RFC; so they stand in tables, in the API and on the command line.</summary>
public static class RevocationReasons
{
    private static readonly Dictionary<string, RevocationReason> ByName = new(StringComparer.Ordinal)
    {
        ["unspecified"] = RevocationReason.Unspecified,
        ["keyCompromise"] = RevocationReason.KeyCompromise,
        ["affiliationChanged"] = RevocationReason.AffiliationChanged,
        ["superseded"] = RevocationReason.Superseded,
        ["cessationOfOperation"] = RevocationReason.CessationOfOperation,
        ["privilegeWithdrawn"] = RevocationReason.PrivilegeWithdrawn,
    };

    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["certificateHold"] = "a device's certificate is valid or it is not, a hold could be lifted behind the back of whoever has seen it",
        ["removeFromCRL"] = "nothing that was revoked comes back",
        ["cACompromise"] = "it is about a CA's certificate, not a device's",
        ["aACompromise"] = "it is about attribute certificates, which this CA does not issue",
    };

    /// <summary>The names that may be used.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The name of a reason.</summary>
    public static string NameOf(RevocationReason reason) => ByName.First(pair => pair.Value == reason).Key;

    /// <summary>Reads a name; nothing at all is <see cref="RevocationReason.Unspecified"/>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>: another one, or one that this CA does not use, and why.</exception>
    public static RevocationReason Parse(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return RevocationReason.Unspecified;
        if (ByName.TryGetValue(name, out var reason))
            return reason;
        var allowed = $"Allowed: {string.Join(", ", ByName.Keys)}.";
        throw new ProvisioningException(
            ErrorCode.MalformedRequest,
            Refused.TryGetValue(name, out var why)
                ? $"The reason {name} is not used here: {why}. {allowed}"
                : $"'{Printable.Shorten(name)}' is not a reason for a revocation. {allowed}");
    }
}
