using Dapper;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CommunicationTerminal;
using ProvisioningStation.Tests.Fixtures;

namespace ProvisioningStation.Tests.CommunicationTerminal.Records;

/// <summary>A terminal's tables with units of three models over twelve days: some hundred in every state, and line 1009 with a handful.</summary>
public sealed class FilledUnits : IDisposable
{
    private const int Units = 2400;

    private readonly TemporaryDirectory _directory = new();

    public FilledUnits()
    {
        Database = new Database(Path.Combine(_directory.Path, "terminal.db"), typeof(CommunicationTerminalApp).Assembly);
        string[] models = ["3012", "A123", "ZZ99"];
        var states = Enum.GetValues<UnitState>();
        var random = new Random(7);
        for (var i = 0; i < Units; i++)
        {
            var model = models[i % 3];
            var line = i % 400 == 0 ? "1009" : random.Next(4) is > 0 and var n ? $"100{n}" : null;
            Rows.Add(new UnitRow($"{model}-{i / 3:D6}", $"2026-11-{1 + (i / 200):D2}", states[random.Next(states.Length)].ToString(), line));
        }

        Database.WriteAsync(
            (connection, transaction) => connection.Execute(
                "INSERT INTO unit (machine_number, model, plan_date, at_scan, state, attempt, line) VALUES (@Number, SUBSTR(@Number, 1, 4), @Day, 0, @State, 1, @Line)",
                Rows,
                transaction),
            default).GetAwaiter().GetResult();
    }

    public Database Database { get; }

    internal List<UnitRow> Rows { get; } = [];

    public void Dispose()
    {
        Database.Dispose();
        _directory.Dispose();
    }

    internal sealed record UnitRow(string Number, string Day, string State, string? Line);
}
