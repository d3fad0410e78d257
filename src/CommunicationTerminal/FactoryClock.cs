using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace ProvisioningStation.CommunicationTerminal;

/// <summary>Where the factory is in time.</summary>
internal sealed record FactoryOptions : IValidatableObject
{
    /// <summary>The IANA name of the factory's time zone, such as <c>Asia/Tokyo</c>; null for the machine's own.</summary>
    public string? TimeZone { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TimeZone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
            yield return new ValidationResult($"'{TimeZone}' is not known here. Allowed: an IANA name such as Asia/Tokyo, or nothing for the machine's own.", [nameof(TimeZone)]);
    }
}

/// <summary>"Today" as the factory sees it, and the form in which times are stored.</summary>
internal sealed class FactoryClock(TimeProvider time, FactoryOptions options)
{
    private const string StoredForm = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly TimeZoneInfo _zone = options.TimeZone is { } id ? TimeZoneInfo.FindSystemTimeZoneById(id) : time.LocalTimeZone;

    /// <summary>The wall clock in the factory.</summary>
    public DateTime Local => TimeZoneInfo.ConvertTime(time.GetUtcNow(), _zone).DateTime;

    /// <summary>Now.</summary>
    public DateTimeOffset UtcNow => time.GetUtcNow();

    /// <summary>The factory's date.</summary>
    public DateOnly Today => DateOnly.FromDateTime(Local);

    /// <summary>Now, as stored: UTC.</summary>
    public string StoredNow => Stored(time.GetUtcNow());

    /// <summary>When the factory's today began, as stored.</summary>
    public string StoredStartOfToday => Stored(UtcOf(Today.ToDateTime(TimeOnly.MinValue)));

    /// <summary>The wall clock in the factory at a stored time.</summary>
    public DateTime LocalOf(string stored) => TimeZoneInfo.ConvertTime(Parse(stored), _zone).DateTime;

    /// <summary>
    /// The moment at which the factory's wall clock first shows <paramref name="local"/>. Where it never does, because the clock is put forward over it, the moment of the jump; where it does
    /// twice, the first.
    /// </summary>
    public DateTimeOffset UtcOf(DateTime local)
    {
        if (_zone.IsInvalidTime(local))
        {
            var before = new DateTime(local.Year, local.Month, local.Day, local.Hour, local.Minute, 0, DateTimeKind.Unspecified);
            while (_zone.IsInvalidTime(before))
                before = before.AddMinutes(-1);
            return new DateTimeOffset(before, _zone.GetUtcOffset(before)).ToUniversalTime().AddMinutes(1);
        }

        var offset = _zone.IsAmbiguousTime(local) ? _zone.GetAmbiguousTimeOffsets(local).Max() : _zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    /// <summary>A stored time.</summary>
    public static DateTimeOffset Parse(string stored) =>
        DateTimeOffset.ParseExact(stored, StoredForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    /// <summary>A time as stored: UTC.</summary>
    public static string Stored(DateTimeOffset moment) => moment.UtcDateTime.ToString(StoredForm, CultureInfo.InvariantCulture);

    /// <summary>A date as stored.</summary>
    public static string Stored(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A stored date.</summary>
    public static DateOnly ParseDate(string stored) => DateOnly.ParseExact(stored, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
