using System.Buffers;

namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>Rules about other names of the device (subjectAltName) and about where to ask for its state (CRL, OCSP, the CA's certificate).</summary>
internal static class PlaceRules
{
    private const byte OtherName = 0xA0;
    private const byte DnsName = 0x82;
    private const byte Uri = 0x86;

    private const int MaxDnsLength = 253;
    private const int MaxLabelLength = 63;
    private static readonly SearchValues<byte> NotInUris = SearchValues.Create("\"<>\\^`{|}"u8);

    private delegate bool NameCheck(byte tag, ReadOnlySpan<byte> name);

    public static IReadOnlyList<LintRule> All { get; } =
    [
        new("RFC5280_4_2_1_6_AlternativeNameIsNotEmpty", "subjectAltName, if there is one, holds a name.", LintScope.Every,
            static (in c) => !c.SubjectAlternativeName.IsPresent || new DerReader(c.SubjectAlternativeName.Value).Inside(DerReader.Sequence).HasData),
        new("RFC5280_4_2_1_6_AlternativeNameIsNotCritical", "subjectAltName is not critical beside a subject.", LintScope.Every,
            static (in c) => !c.SubjectAlternativeName.IsCritical),
        new("RFC5280_4_2_1_6_DnsNameHasPreferredSyntax", "A dNSName is labels of letters, digits and inner hyphens (RFC 1034, 3.5).", LintScope.Every,
            static (in c) => EveryName(c, static (tag, name) => tag != DnsName || IsDnsName(name))),
        new("RFC5280_4_2_1_6_UriIsAbsolute", "A uniformResourceIdentifier has a scheme and something behind it, in visible ASCII.", LintScope.Every,
            static (in c) => EveryName(c, static (tag, name) => tag != Uri || IsUri(name, onlyHttp: false))),
        new("RFC4108_5_HardwareModuleNameHasTypeAndSerial", "An otherName is a hardwareModuleName: hwType, and hwSerialNum that is not empty.", LintScope.Device,
            static (in c) => EveryName(c, static (tag, name) => tag != OtherName || IsHardwareModule(name, out _))),
        new("IEEE8021AR_8_10_HardwareSerialIsTheSubjects", "hwSerialNum is the subject's serialNumber.", LintScope.Device,
            HardwareSerialIsTheSubjects),
        new("RFC5280_4_2_1_13_CrlPlaceIsNotCritical", "cRLDistributionPoints is not critical.", LintScope.Every,
            static (in c) => !c.CrlDistributionPoints.IsCritical),
        new("RFC5280_4_2_1_13_CrlPlaceIsAFullHttpUri", "Each distribution point is a full name that is an http or https URI, for all reasons, of this CA.", LintScope.Every,
            static (in c) => !c.CrlDistributionPoints.IsPresent || AreCrlPlaces(c.CrlDistributionPoints.Value)),
        new("RFC5280_4_2_2_1_AccessIsNotCritical", "authorityInfoAccess is not critical.", LintScope.Every,
            static (in c) => !c.AuthorityInformationAccess.IsCritical),
        new("RFC5280_4_2_2_1_AccessIsOcspOrCaIssuersByHttp", "authorityInfoAccess names OCSP (RFC 6960, 3.1) or the CA's certificate, each by an http or https URI.", LintScope.Every,
            static (in c) => !c.AuthorityInformationAccess.IsPresent || AreAccesses(c.AuthorityInformationAccess.Value)),
    ];

    /// <summary>The type and the serial of a hardwareModuleName, the content of an otherName (RFC 4108, 5).</summary>
    public static bool IsHardwareModule(ReadOnlySpan<byte> otherName, out HardwareModule module)
    {
        module = default;
        var fields = new DerReader(otherName);
        if (!fields.Read(DerReader.Oid).SequenceEqual(OidBytes.HardwareModuleName))
            return false;
        var tagged = fields.Inside(0xA0);
        var inside = tagged.Inside(DerReader.Sequence);
        module = new HardwareModule(inside.Read(DerReader.Oid), inside.Read(DerReader.OctetString));
        return !inside.HasData && !tagged.HasData && !fields.HasData && !module.Type.IsEmpty && !module.Serial.IsEmpty;
    }

    private static bool HardwareSerialIsTheSubjects(in CertificateContent c)
    {
        if (!c.SubjectAlternativeName.IsPresent || !NameRules.Find(c.Subject, OidBytes.SerialNumber, out var serial))
            return true;
        var names = new DerReader(c.SubjectAlternativeName.Value).Inside(DerReader.Sequence);
        while (names.HasData)
        {
            var tag = names.Tag;
            var name = names.Read(tag);
            if (tag == OtherName && new DerReader(name).Read(DerReader.Oid).SequenceEqual(OidBytes.HardwareModuleName)
                && IsHardwareModule(name, out var module) && !module.Serial.SequenceEqual(serial))
            {
                return false;
            }
        }

        return true;
    }

    private static bool EveryName(in CertificateContent c, NameCheck check)
    {
        if (!c.SubjectAlternativeName.IsPresent)
            return true;
        var names = new DerReader(c.SubjectAlternativeName.Value).Inside(DerReader.Sequence);
        while (names.HasData)
        {
            var tag = names.Tag;
            if (!check(tag, names.Read(tag)))
                return false;
        }

        return true;
    }

    private static bool AreCrlPlaces(ReadOnlySpan<byte> value)
    {
        var points = new DerReader(value).Inside(DerReader.Sequence);
        if (!points.HasData)
            return false;
        while (points.HasData)
        {
            var point = points.Inside(DerReader.Sequence);
            var names = point.Inside(0xA0).Inside(0xA0);
            if (!names.HasData || point.HasData)
                return false;
            while (names.HasData)
            {
                if (!IsUri(names.Read(Uri), onlyHttp: true))
                    return false;
            }
        }

        return true;
    }

    private static bool AreAccesses(ReadOnlySpan<byte> value)
    {
        var descriptions = new DerReader(value).Inside(DerReader.Sequence);
        if (!descriptions.HasData)
            return false;
        while (descriptions.HasData)
        {
            var description = descriptions.Inside(DerReader.Sequence);
            var method = description.Read(DerReader.Oid);
            if (!method.SequenceEqual(OidBytes.Ocsp) && !method.SequenceEqual(OidBytes.CaIssuers))
                return false;
            if (!IsUri(description.Read(Uri), onlyHttp: true) || description.HasData)
                return false;
        }

        return true;
    }

    /// <summary>Whether it is an absolute URI in visible ASCII (RFC 3986).</summary>
    public static bool IsUri(ReadOnlySpan<byte> uri, bool onlyHttp)
    {
        if (uri.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E) || uri.ContainsAny(NotInUris))
            return false;
        if (onlyHttp)
            return (uri.StartsWith("http://"u8) && uri.Length > 7) || (uri.StartsWith("https://"u8) && uri.Length > 8);
        var colon = uri.IndexOf((byte)':');
        return colon > 0 && colon < uri.Length - 1 && char.IsAsciiLetter((char)uri[0]);
    }

    /// <summary>Whether it is a host name (RFC 1034, 3.5).</summary>
    public static bool IsDnsName(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > MaxDnsLength)
            return false;
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            if (i < name.Length && name[i] != '.')
            {
                if (!char.IsAsciiLetterOrDigit((char)name[i]) && name[i] != '-')
                    return false;
                continue;
            }

            var label = name[start..i];
            if (label.Length is 0 or > MaxLabelLength || label[0] == '-' || label[^1] == '-')
                return false;
            start = i + 1;
        }

        return true;
    }
}

/// <summary>A hardwareModuleName (RFC 4108, 5).</summary>
internal readonly ref struct HardwareModule(ReadOnlySpan<byte> type, ReadOnlySpan<byte> serial)
{
    /// <summary>hwType, the content of its OBJECT IDENTIFIER.</summary>
    public ReadOnlySpan<byte> Type { get; } = type;

    /// <summary>hwSerialNum.</summary>
    public ReadOnlySpan<byte> Serial { get; } = serial;
}
