using System.Formats.Asn1;

namespace ProvisioningStation.CertificateAuthority.Lint;

/// <summary>A time of a certificate (RFC 5280, 4.1.2.5) as it is written, and what it means.</summary>
internal readonly struct CertificateTime
{
    private const int UtcLength = 13; // YYMMDDHHMMSSZ
    private const int GeneralizedLength = 15; // YYYYMMDDHHMMSSZ

    private CertificateTime(byte tag, ReadOnlySpan<byte> text)
    {
        Tag = tag;
        var year = tag == DerReader.UtcTime ? UtcYear(text) : GeneralizedYear(text);
        var rest = text.Length > (tag == DerReader.UtcTime ? 2 : 4) ? text[(tag == DerReader.UtcTime ? 2 : 4)..] : default;
        if (year <= 0 || rest.Length != 11 || rest[10] != 'Z')
            return;
        var (month, day, hour, minute, second) = (Two(rest), Two(rest[2..]), Two(rest[4..]), Two(rest[6..]), Two(rest[8..]));
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59)
            return;
        Moment = new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero);
        IsWellFormed = true;
    }

    /// <summary>UTCTime or GeneralizedTime.</summary>
    public byte Tag { get; }

    /// <summary>Whether it is written as RFC 5280 wants it: seconds, no fraction, Z.</summary>
    public bool IsWellFormed { get; }

    /// <summary>When it is; only where it is well-formed.</summary>
    public DateTimeOffset Moment { get; }

    /// <summary>Reads the next value.</summary>
    /// <exception cref="AsnContentException">It is no time.</exception>
    public static CertificateTime Read(ref DerReader reader)
    {
        var tag = reader.Tag;
        return tag is DerReader.UtcTime or DerReader.GeneralizedTime
            ? new CertificateTime(tag, reader.Read(tag))
            : throw new AsnContentException("Expected a UTCTime or a GeneralizedTime.");
    }

    private static int UtcYear(ReadOnlySpan<byte> text) => text.Length != UtcLength || Two(text) is not (>= 0 and var year) ? -1 : year < 50 ? 2000 + year : 1900 + year;

    private static int GeneralizedYear(ReadOnlySpan<byte> text) =>
        text.Length != GeneralizedLength || Two(text) < 0 || Two(text[2..]) < 0 ? -1 : (100 * Two(text)) + Two(text[2..]);

    private static int Two(ReadOnlySpan<byte> text)
    {
        var (tens, ones) = (text[0] - '0', text[1] - '0');
        return tens is >= 0 and <= 9 && ones is >= 0 and <= 9 ? (10 * tens) + ones : -1;
    }
}
