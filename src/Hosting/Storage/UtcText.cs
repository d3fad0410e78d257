using System.Globalization;

namespace ProvisioningStation.Hosting.Storage;

/// <summary>A moment as it stands in the tables: UTC, ISO 8601 with milliseconds, so that the order of the texts is the order of the moments.</summary>
public static class UtcText
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The text of a moment.</summary>
    public static string Of(DateTimeOffset moment) => moment.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>The moment of a text.</summary>
    public static DateTimeOffset Parse(string text) => DateTimeOffset.ParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    /// <summary>The UTC day of a moment, <c>yyyy-MM-dd</c>.</summary>
    public static string DayOf(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
