using System.Formats.Asn1;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>
/// The last look at what is going to be signed, whatever wrote it: every rule of RFC 5280 and its neighbours that our certificates touch. The octets are taken apart once.
/// </summary>
internal static class CertificateLint
{
    /// <summary>The rule that the octets can be read at all; all others stand on it.</summary>
    public static LintRule Encoding { get; } = new(
        "X690_10_DistinguishedEncoding", "The certificate is one TBSCertificate in DER: shortest lengths, defaults left out, nothing behind it.", LintScope.Every, static (in _) => true);

    /// <summary>All rules, in the order in which they are applied.</summary>
    public static IReadOnlyList<LintRule> Rules { get; } = [Encoding, .. FieldRules.All, .. NameRules.All, .. PublicKeyRules.All, .. ExtensionRules.All, .. PlaceRules.All];

    /// <summary>The rules for devices' certificates.</summary>
    public static IReadOnlyList<LintRule> ForDevices => OfDevices;

    private static readonly LintRule[] OfDevices = [.. Rules.Where(rule => rule.Scope.HasFlag(LintScope.Device))];

    /// <summary>Applies all rules for a device's certificate.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.ProfileViolation"/> with the name of the first rule that is broken.</exception>
    public static void Require(in CertificateContent certificate)
    {
        foreach (var rule in OfDevices)
        {
            if (!IsKept(rule, certificate))
                throw Violation(rule);
        }
    }

    /// <summary>Takes to-be-signed octets apart and applies all rules for certificates of this kind.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.ProfileViolation"/> with the name of the first rule that is broken.</exception>
    public static void Require(ReadOnlySpan<byte> toBeSigned, CertificateSigner signer, LintScope kind)
    {
        if (Broken(toBeSigned, signer, kind) is [var first, ..])
            throw Violation(first);
    }

    /// <summary>The rules that <paramref name="toBeSigned"/> breaks.</summary>
    public static IReadOnlyList<LintRule> Broken(ReadOnlySpan<byte> toBeSigned, CertificateSigner signer, LintScope kind)
    {
        CertificateContent certificate;
        try
        {
            certificate = new CertificateContent(toBeSigned, signer);
        }
        catch (AsnContentException)
        {
            return [Encoding];
        }

        var broken = new List<LintRule>();
        foreach (var rule in Rules)
        {
            if (rule.Scope.HasFlag(kind) && !IsKept(rule, certificate))
                broken.Add(rule);
        }

        return broken;
    }

    /// <summary>What is said where a rule is broken.</summary>
    public static ProvisioningException Violation(LintRule rule) => new(ErrorCode.ProfileViolation, $"A certificate would break {rule.Name}: {rule.Text} Nothing was signed.");

    private static bool IsKept(LintRule rule, in CertificateContent certificate)
    {
        try
        {
            return rule.Check(certificate);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
