using System.Formats.Asn1;
using System.Globalization;
using System.Text;
using ProvisioningStation.CertificateAuthority.Lint;

namespace ProvisioningStation.CertificateAuthority.Issuance;

/// <summary>The texts of a profile that become names and places in certificates: what stands for what, and which are allowed.</summary>
internal static class ProfileText
{
    /// <summary>Stands for the machine number.</summary>
    public const string MachineNumber = "{machineNumber}";

    /// <summary>Stands for the generation of the issuing CA.</summary>
    public const string Issuer = "{issuer}";

    /// <summary>What is said of a place that is none.</summary>
    public const string PlaceForm = "must be an http or https URL in ASCII, in which only " + Issuer + " may stand in braces";

    private const string SampleNumber = "3012-123456";

    /// <summary>The place of <paramref name="template"/> for a generation of the issuing CA.</summary>
    public static string? Place(string? template, int issuer) =>
        string.IsNullOrEmpty(template) ? null : template.Replace(Issuer, issuer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    public static bool IsPlace(string? template) => template is null || (Place(template, 1) is { } place && Ascii.IsValid(place) && PlaceRules.IsUri(Encoding.ASCII.GetBytes(place), onlyHttp: true));

    public static bool IsDnsName(string? template) => template is null || (Device(template) is { } name && PlaceRules.IsDnsName(Encoding.ASCII.GetBytes(name)));

    public static bool IsUri(string? template) => template is null || (Device(template) is { } uri && PlaceRules.IsUri(Encoding.ASCII.GetBytes(uri), onlyHttp: false));

    public static bool IsOid(string? text)
    {
        if (text is null)
            return true;
        try
        {
            new AsnWriter(AsnEncodingRules.DER).WriteObjectIdentifier(text);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The text for a sample device; null where it would be the same for all, or is not ASCII.</summary>
    private static string? Device(string template) =>
        template.Contains(MachineNumber, StringComparison.Ordinal) && Ascii.IsValid(template) ? template.Replace(MachineNumber, SampleNumber, StringComparison.Ordinal) : null;
}
