using System.Text;
using Dapper;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.Tests.CommunicationTerminal.PlanPull;

/// <summary>What the tests of the plan do with a terminal.</summary>
internal static class PlanUnderTest
{
    public const string Header = "date,model,count,firstSerial,line\n";

    /// <summary>Imports a CSV of these rows.</summary>
    public static Task<PullResult> ImportAsync(this TerminalUnderTest terminal, string rows, bool tryOnly = false, string name = "plan-2026-11.csv") =>
        terminal.Get<PlanPulls>().ImportAsync(name, Encoding.UTF8.GetBytes(Header + rows), null, "manager", tryOnly, default);

    /// <summary>The plan as it holds, in order.</summary>
    public static IEnumerable<string> Planned(this TerminalUnderTest terminal) =>
        terminal.Get<PlanOverview>().Show(new PlanMonth(2026, 11)).Days.Select(day => $"{day.Date:dd} {day.Model} {day.Units.Count} {day.Units.Line}".TrimEnd());

    public static IReadOnlyList<PulledPlan> History(this TerminalUnderTest terminal) => terminal.Get<PullHistory>().List(null, 1000);

    public static List<string> Corrections(this TerminalUnderTest terminal) => terminal.Get<Database>().Read(connection => connection.Query<(string Date, string Model, long Before, long After, string State, string By)>(
            "SELECT plan_date, model, before_count, after_count, state, confirmed_by FROM plan_correction ORDER BY correction_id")
        .Select(row => $"{row.Date} {row.Model} {row.Before} {row.After} {row.State} {row.By}").ToList());
}
