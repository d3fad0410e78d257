using System.Text.Unicode;

namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>Rules about the subject's name.</summary>
internal static class NameRules
{
    private const int UpperBound = 64; // RFC 5280, A.1: ub-common-name, ub-organization-name, ub-organizational-unit-name, ub-serial-number

    private delegate bool AttributeCheck(in NameAttribute attribute);

    public static IReadOnlyList<LintRule> All { get; } =
    [
        new("RFC5280_4_1_2_6_SubjectIsNotEmpty", "The subject names somebody.", LintScope.Every,
            static (in c) => NameAttribute.Of(c.Subject).Next(out _)),
        new("RFC5280_4_1_2_4_DirectoryStringIsUtf8OrPrintable", "O, OU and CN are UTF8String or PrintableString.", LintScope.Every,
            static (in c) => Every(c.Subject, static (in a) => !IsDirectoryString(a.Type) || a.Tag is DerReader.Utf8String or DerReader.PrintableString)),
        new("RFC5280_A_1_SerialNumberAttributeIsPrintableString", "The attribute serialNumber is a PrintableString.", LintScope.Every,
            static (in c) => Every(c.Subject, static (in a) => !a.Type.SequenceEqual(OidBytes.SerialNumber) || a.Tag == DerReader.PrintableString)),
        new("RFC5280_A_1_AttributeIsWithinItsUpperBound", "An attribute has 1 to 64 characters.", LintScope.Every,
            static (in c) => Every(c.Subject, static (in a) => Length(a) is >= 1 and <= UpperBound)),
        new("RFC3629_3_Utf8StringIsUtf8", "What says that it is UTF-8 is UTF-8.", LintScope.Every,
            static (in c) => Every(c.Subject, static (in a) => a.Tag != DerReader.Utf8String || Utf8.IsValid(a.Value))),
        new("RFC5280_4_1_2_4_PrintableStringIsPrintable", "A PrintableString has only the characters of its kind.", LintScope.Every,
            static (in c) => Every(c.Subject, static (in a) => a.Tag != DerReader.PrintableString || IsPrintable(a.Value))),
        new("RFC5280_4_1_2_6_SubjectHasNoControlCharacters", "No attribute holds a control character.", LintScope.Every,
            static (in c) => Every(c.Subject, static (in a) => a.Tag != DerReader.Utf8String || !HasControl(a.Value))),
        new("CABF_7_1_4_AttributeStandsOnlyOnce", "No type of attribute stands in the subject twice.", LintScope.Every,
            static (in c) => NoTypeTwice(c.Subject)),
        new("CABF_7_1_4_1_RelativeNameHasOneAttribute", "Every relative distinguished name has one attribute.", LintScope.Every,
            static (in c) => Every(c.Subject, static (in a) => a.IsAlone)),
        new("IEEE8021AR_8_6_SubjectHasSerialNumber", "A device's subject has the attribute serialNumber.", LintScope.Device,
            static (in c) => Find(c.Subject, OidBytes.SerialNumber, out _) || !NameAttribute.Of(c.Subject).Next(out _)),
    ];

    /// <summary>The value of an attribute of <paramref name="name"/>.</summary>
    public static bool Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> type, out ReadOnlySpan<byte> value)
    {
        var reader = NameAttribute.Of(name);
        while (reader.Next(out var attribute))
        {
            if (attribute.Type.SequenceEqual(type))
            {
                value = attribute.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Whether all octets are characters of a PrintableString (X.680, 41.4).</summary>
    public static bool IsPrintable(ReadOnlySpan<byte> text)
    {
        foreach (var octet in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)octet) && !" '()+,-./:=?"u8.Contains(octet))
                return false;
        }

        return true;
    }

    private static bool Every(ReadOnlySpan<byte> name, AttributeCheck check)
    {
        var reader = NameAttribute.Of(name);
        while (reader.Next(out var attribute))
        {
            if (!check(attribute))
                return false;
        }

        return true;
    }

    private static bool NoTypeTwice(ReadOnlySpan<byte> name)
    {
        var reader = NameAttribute.Of(name);
        while (reader.Next(out var attribute))
        {
            var others = reader;
            while (others.Next(out var other))
            {
                if (other.Type.SequenceEqual(attribute.Type))
                    return false;
            }
        }

        return true;
    }

    private static bool IsDirectoryString(ReadOnlySpan<byte> type) =>
        type.SequenceEqual(OidBytes.CommonName) || type.SequenceEqual(OidBytes.Organization) || type.SequenceEqual(OidBytes.OrganizationalUnit);

    /// <summary>Characters; what is not UTF-8 counts by octets, another rule refuses it.</summary>
    private static int Length(in NameAttribute attribute)
    {
        var count = 0;
        foreach (var octet in attribute.Value)
            count += attribute.Tag != DerReader.Utf8String || (octet & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }

    private static bool HasControl(ReadOnlySpan<byte> text)
    {
        foreach (var octet in text)
        {
            if (octet is < 0x20 or 0x7F)
                return true;
        }

        return false;
    }
}
