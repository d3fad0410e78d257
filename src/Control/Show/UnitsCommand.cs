using System.CommandLine;
using System.Globalization;
using ProvisioningStation.Hosting.Operator;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;
using Spectre.Console;

namespace ProvisioningStation.Control.Show;

/// <summary><c>stationctl units</c>: the units at the terminal.</summary>
public static class UnitsCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var state = new Option<UnitState?>("--state") { Description = $"Only units of this state: {string.Join(", ", Enum.GetNames<UnitState>())}." };
        var model = new Option<string?>("--model") { Description = "Only units of this model." };
        var after = new Option<string?>("--after") { Description = "Only units behind this machine number: the last one of the page before." };
        var limit = new Option<int>("--limit") { Description = "How many at the most.", DefaultValueFactory = _ => 50 };
        var command = new Command("units", "Lists units.") { state, model, after, limit }.WithExamples("stationctl units --state Stored --model 3012 --limit 10");
        return ControlContext.Run(command, async (context, parsed, cancellationToken) =>
        {
            using var terminal = context.Connect(context.Map.Terminal, Role.CommunicationTerminal);
            var units = await terminal.GetUnitsAsync(
                parsed.GetValue(state),
                parsed.GetValue(model) is { } code ? ModelCode.Parse(code) : null,
                parsed.GetValue(after),
                parsed.GetValue(limit),
                cancellationToken);
            if (context.Json)
                ControlContext.PrintJson(units);
            else
                Print(units);
            return ExitCode.Ok;
        });
    }

    private static void Print(IReadOnlyList<UnitSummary> units)
    {
        if (units.Count == 0)
        {
            Console.WriteLine("No units.");
            return;
        }

        var table = new Table().RoundedBorder();
        foreach (var heading in new[] { "Machine number", "State", "Attempt", "Line", "Written at (UTC)", "Certificate (SHA-256)" })
            table.AddColumn(heading);
        foreach (var unit in units)
        {
            table.AddRow(
                unit.MachineNumber,
                unit.State.ToString(),
                unit.Attempt.ToString(CultureInfo.InvariantCulture),
                unit.Line ?? "–",
                unit.WrittenAt?.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "–",
                unit.CertificateFingerprint is { Length: > 16 } fingerprint ? fingerprint[..16] + "…" : "–");
        }

        OutputConsole.Create().Write(table);
    }
}
