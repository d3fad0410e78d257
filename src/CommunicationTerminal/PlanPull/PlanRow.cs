using System.Globalization;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>A month, such as <c>2026-11</c>.</summary>
internal readonly record struct PlanMonth(int Year, int Month)
{
    /// <summary>The month that <paramref name="date"/> is in.</summary>
    public static PlanMonth Of(DateOnly date) => new(date.Year, date.Month);

    /// <summary>The month <paramref name="months"/> later.</summary>
    public PlanMonth Add(int months) => Of(FirstDay.AddMonths(months));

    /// <summary>The first day.</summary>
    public DateOnly FirstDay => new(Year, Month, 1);

    /// <summary>The last day.</summary>
    public DateOnly LastDay => FirstDay.AddMonths(1).AddDays(-1);

    /// <summary>Reads <c>yyyy-MM</c>.</summary>
    public static bool TryParse(string? text, out PlanMonth month)
    {
        var isMonth = DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day);
        month = Of(day);
        return isMonth;
    }

    /// <summary>Reads <c>yyyy-MM</c>.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/>.</exception>
    public static PlanMonth Parse(string? text) =>
        TryParse(text, out var month) ? month : throw new ProvisioningException(ErrorCode.MalformedRequest, $"'{Printable.Shorten(text)}' is not a month of the form yyyy-MM.");

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Year:D4}-{Month:D2}");
}

/// <summary>How many units of one model are built on one day.</summary>
/// <param name="Date">The day, in the factory's time zone.</param>
/// <param name="Model">The model.</param>
/// <param name="Count">0 to 999,999.</param>
/// <param name="FirstSerial">The first unit's serial, where the factory's system gives serials out itself; else null.</param>
/// <param name="Line">The only line that may fetch these units' packs; null for any.</param>
internal sealed record PlanRow(DateOnly Date, ModelCode Model, int Count, int? FirstSerial, string? Line)
{
    /// <summary>The serials that the plan itself gives out, null where the terminal counts.</summary>
    public SerialRange? GivenRange => FirstSerial is { } first && Count > 0 ? new SerialRange(first, Count) : null;
}
