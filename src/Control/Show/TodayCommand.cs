using System.CommandLine;
using System.Globalization;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.CommunicationTerminal;
using Spectre.Console;

namespace ProvisioningStation.Control.Show;

/// <summary><c>stationctl today</c>: the day at the terminal.</summary>
public static class TodayCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => ControlContext.Run(
        new Command("today", "Shows the day: planned, issued, written, proved, blocked per model.").WithExamples("stationctl today --json"),
        async (context, _, cancellationToken) =>
        {
            using var terminal = context.Connect(context.Map.Terminal, Role.CommunicationTerminal);
            var day = await terminal.GetTodayAsync(cancellationToken);
            if (context.Json)
                ControlContext.PrintJson(day);
            else
                Print(day);
            return day.PullError is null && day.BatchError is null ? ExitCode.Ok : ExitCode.Partly;
        });

    private static void Print(DaySummary day)
    {
        var table = new Table().RoundedBorder().Title(day.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + (day.Direct ? ", direct mode" : string.Empty));
        table.AddColumn("Model");
        foreach (var heading in new[] { "Planned", "Issued", "Written", "Proved", "Blocked" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var model in day.Models)
        {
            var counts = new[] { model.Planned, model.Issued, model.Written, model.Proved, model.Blocked };
            table.AddRow([model.Model, .. counts.Select(count => count.ToString(CultureInfo.InvariantCulture))]);
        }

        OutputConsole.Create().Write(table);
        if (day.PullError is not null)
            Console.WriteLine("Last pull of the plan failed: " + day.PullError);
        if (day.BatchError is not null)
            Console.WriteLine("Last batch failed: " + day.BatchError);
    }
}
