using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CommunicationTerminal.PlanPull;
using ProvisioningStation.Protocol.CommunicationTerminal.Plan;

namespace ProvisioningStation.Tests.CommunicationTerminal;

/// <summary>Gives a terminal the plan that a test needs.</summary>
internal static class Plans
{
    /// <summary>Makes these rows their month's plan.</summary>
    public static Task PlanAsync(this IServiceProvider terminal, params PlanRow[] rows) => terminal.PlanAsync(PlanMonth.Of(rows[0].Date), rows);

    /// <summary>Makes it the month's plan, as a pull does and a manager who confirms it.</summary>
    public static async Task PlanAsync(this IServiceProvider terminal, PlanMonth month, params PlanRow[] rows)
    {
        var incoming = new IncomingPlan(PlanSource.Import, "test.csv", new PlanReading(month, rows, new BadRows()));
        var result = await terminal.GetRequiredService<PlanIntake>().TakeAsync(incoming, "test", default);
        if (result.Pull.Outcome == PlanOutcome.Waiting)
            await terminal.GetRequiredService<PlanDecisions>().ConfirmAsync(result.Pull.Id, "test", default);
    }
}
