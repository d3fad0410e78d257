using System.CommandLine;
using ProvisioningStation.Control.Audit;

namespace ProvisioningStation.Control.Terminal;

/// <summary><c>stationctl terminal</c>: what can be scripted of the communication terminal, one file of commands for each feature.</summary>
public static class TerminalCommand
{
    /// <summary>The command with its subcommands, one line for each feature.</summary>
    public static Command Create()
    {
        var terminal = new Command("terminal", "The communication terminal of a factory: units, plan, batch, stock, reports.");
        foreach (var option in PartSession.OptionsOf(ServedPart.Terminal))
            terminal.Add(option);
        terminal.Add(UnitsCommands.Create());
        foreach (var stock in StockCommands.Create())
            terminal.Add(stock);
        foreach (var print in PrintCommands.Create())
            terminal.Add(print);
        terminal.Add(PlanCommands.Create());
        terminal.Add(BatchCommands.Create());
        terminal.Add(ReportCommands.Create());
        terminal.Add(AuditCommand.Create(ServedPart.Terminal));
        return terminal;
    }

    /// <summary>Gives <paramref name="command"/> an action that talks to the terminal: <c>terminal.Client</c>, <c>terminal.Print</c>.</summary>
    public static Command TalksToTerminal(this Command command, Func<PartSession, ParseResult, CancellationToken, Task<ExitCode>> act) =>
        command.Acts(async (parsed, cancellationToken) =>
        {
            using var session = PartSession.Open(ServedPart.Terminal, parsed);
            return await act(session, parsed, cancellationToken);
        });
}
