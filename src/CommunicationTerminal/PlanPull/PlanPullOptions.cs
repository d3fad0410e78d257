using System.ComponentModel.DataAnnotations;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>When and where the plan is fetched, and what of it a person has to confirm.</summary>
internal sealed record PlanPullOptions : IValidatableObject
{
    /// <summary>Where plans come from: <see cref="Url"/>, the section <c>PlanFolder</c>, or the section <c>PlanDatabase</c>.</summary>
    public PlanSource Source { get; init; } = PlanSource.Http;

    /// <summary>The production management system's plan; the month is added as <c>?month=yyyy-MM</c>.</summary>
    [Required]
    public Uri Url { get; init; } = new("https://127.0.0.1:7443/plan");

    /// <summary>The form that is asked for.</summary>
    public PlanFormat Format { get; init; } = PlanFormat.Json;

    /// <summary>How plans are written, wherever they come from. A byte order mark of UTF-8 is believed.</summary>
    public PlanEncoding Encoding { get; init; } = PlanEncoding.Utf8;

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

    /// <summary>Which changes of a month's plan wait for the manager.</summary>
    public ConfirmChanges ConfirmChanges { get; init; } = ConfirmChanges.WhenIssued;

    /// <summary>How long the history of pulls is kept.</summary>
    public TimeSpan KeepHistory { get; init; } = TimeSpan.FromDays(800);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Source == PlanSource.Import)
            yield return new ValidationResult("Allowed: Http, Folder, Database. Importing a file by hand is always possible.", [nameof(Source)]);
        if (!Url.IsAbsoluteUri || Url.Scheme != Uri.UriSchemeHttps || Url.Query.Length > 0 || Url.UserInfo.Length > 0)
            yield return new ValidationResult("Allowed: an https address without a query, a name or a password.", [nameof(Url)]);
        if (TimeOfDay < TimeSpan.Zero || TimeOfDay >= TimeSpan.FromDays(1))
            yield return new ValidationResult("Allowed: 00:00:00 to 23:59:59.", [nameof(TimeOfDay)]);
        if (Timeout < TimeSpan.FromSeconds(1))
            yield return new ValidationResult("Allowed: one second or more.", [nameof(Timeout)]);
        if (CheckEvery < TimeSpan.FromSeconds(1))
            yield return new ValidationResult("Allowed: one second or more.", [nameof(CheckEvery)]);
        if (KeepHistory < TimeSpan.FromDays(62))
            yield return new ValidationResult("Allowed: 62 days or more, because the last two months' pulls say what is still to be asked for.", [nameof(KeepHistory)]);
    }
}

/// <summary>Which changes of a plan wait for the manager. Bad rows always do; a month's first plan never does.</summary>
internal enum ConfirmChanges
{
    /// <summary>Those of models of which a changed day has its numbers already. All changes of such a model wait together, since units may have been moved from one day to another.</summary>
    WhenIssued,

    /// <summary>All.</summary>
    Always,
}

/// <summary>The forms of a plan.</summary>
internal enum PlanFormat
{
    /// <summary><c>application/json</c>.</summary>
    Json,

    /// <summary><c>text/csv</c>.</summary>
    Csv,
}
