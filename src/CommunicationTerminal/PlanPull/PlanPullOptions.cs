using System.ComponentModel.DataAnnotations;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>When and where the plan is fetched.</summary>
internal sealed record PlanPullOptions : IValidatableObject
{
    /// <summary>The production management system's plan; the month is added as <c>?month=yyyy-MM</c>.</summary>
    [Required]
    public Uri Url { get; init; } = new("https://127.0.0.1:7443/plan");

    /// <summary>The form that is asked for.</summary>
    public PlanFormat Format { get; init; } = PlanFormat.Json;

    /// <summary>The day of the month of the monthly pull; in a shorter month its last day.</summary>
    [Range(1, 31)]
    public int DayOfMonth { get; init; } = 1;

    /// <summary>The factory's time of day of the monthly pull.</summary>
    public TimeSpan TimeOfDay { get; init; }

    /// <summary>Which month the monthly pull asks for: 0 for its own, 1 for the next.</summary>
    [Range(0, 1)]
    public int MonthsAhead { get; init; }

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often to look whether it is time, and the longest wait between attempts that fail.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Url.IsAbsoluteUri || Url.Scheme != Uri.UriSchemeHttps || Url.Query.Length > 0)
            yield return new ValidationResult("Allowed: an https address without a query.", [nameof(Url)]);
        if (TimeOfDay < TimeSpan.Zero || TimeOfDay >= TimeSpan.FromDays(1))
            yield return new ValidationResult("Allowed: 00:00:00 to 23:59:59.", [nameof(TimeOfDay)]);
        if (Timeout < TimeSpan.FromSeconds(1))
            yield return new ValidationResult("Allowed: one second or more.", [nameof(Timeout)]);
        if (CheckEvery < TimeSpan.FromSeconds(1))
            yield return new ValidationResult("Allowed: one second or more.", [nameof(CheckEvery)]);
    }
}

/// <summary>The forms of a plan.</summary>
internal enum PlanFormat
{
    /// <summary><c>application/json</c>.</summary>
    Json,

    /// <summary><c>text/csv</c>.</summary>
    Csv,
}
