using System.CommandLine;
using ProvisioningStation.Control.Terminal;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

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
        var command = new Command("units", "Lists units of the factory on this machine; more with terminal units.") { state, model, after, limit }.WithExamples("stationctl units --state Stored --model 3012 --limit 10");
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
                UnitsCommands.Print(units);
            return ExitCode.Ok;
        });
    }
}
