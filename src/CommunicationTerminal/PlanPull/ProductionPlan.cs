using System.Globalization;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.PlanPull;

/// <summary>A month, such as <c>2026-11</c>.</summary>
internal readonly record struct PlanMonth(int Year, int Month)
{
    /// <summary>The month that <paramref name="date"/> is in.</summary>
    public static PlanMonth Of(DateOnly date) => new(date.Year, date.Month);

    /// <summary>The month <paramref name="months"/> later.</summary>
    public PlanMonth Add(int months) => Of(new DateOnly(Year, Month, 1).AddMonths(months));

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

/// <summary>The daily production counts of one month (P-5), already checked.</summary>
internal sealed record ProductionPlan(PlanMonth Month, IReadOnlyList<PlanRow> Rows);
