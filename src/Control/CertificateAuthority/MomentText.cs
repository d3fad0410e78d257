using System.Globalization;
using ProvisioningStation.Hosting;

namespace ProvisioningStation.Control.CertificateAuthority;

/// <summary>A moment as people type it: a day, which is a whole one in UTC, or ISO 8601 with its offset.</summary>
internal static class MomentText
{
    /// <summary>From when on; a day begins at its midnight.</summary>
    public static DateTimeOffset? Begin(string option, string? text) => Parse(option, text, TimeSpan.Zero);

    /// <summary>Until when; a day ends with its last millisecond.</summary>
    public static DateTimeOffset? End(string option, string? text) => Parse(option, text, TimeSpan.FromDays(1) - TimeSpan.FromMilliseconds(1));

    /// <summary>A moment of the trail as tables show all moments; what is none stays as it is.</summary>
    public static object Shown(string recorded) => DateTimeOffset.TryParse(recorded, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : recorded;

    private static DateTimeOffset? Parse(string option, string? text, TimeSpan intoTheDay)
    {
        if (text is null)
            return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero) + intoTheDay;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment
            : throw new ConfigurationException($"{option}: '{text}' is no moment. Expected a day such as 2026-01-31, or a moment such as 2026-01-31T08:00:00Z.");
    }
}
