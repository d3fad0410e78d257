using Dapper;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.Rework;

/// <summary>A unit that may wait for a person, with what happened to it last.</summary>
internal sealed record ReworkUnit(string Number, UnitState State, int Attempt, string? Line, string? PlanLine, string? Since, string? Detail, bool AtScan)
{
    /// <summary>Whether it can be given free.</summary>
    public bool CanBeReleased => State is UnitState.Blocked or UnitState.Written || (State is UnitState.Stored or UnitState.ReissuePending && (Line ?? PlanLine) is not null);

    /// <summary>Whether it can be ended; one whose pack is on its way from the CA only by the plan.</summary>
    public bool CanBeScrapped => UnitLife.Allows(State, UnitState.Scrapped) && State != UnitState.Scrapped && (State != UnitState.Planned || AtScan);
}

/// <summary>The units of one kind, the first of them.</summary>
internal sealed record ReworkGroup(UnitState State, int Count, IReadOnlyList<ReworkUnit> Units);

/// <summary>Finds the units that failed, are blocked, or stand still half way.</summary>
internal sealed class ReworkList(Database database)
{
    /// <summary>So many of each kind are shown.</summary>
    public const int Shown = 100;

    private const string Columns = """
        u.machine_number AS "Number", u.state AS "StateName", u.attempt AS "Attempt", u.line AS "Line", u.plan_line AS "PlanLine", u.at_scan AS "AtScan",
        (SELECT e.at FROM unit_event e WHERE e.event_id = (SELECT MAX(x.event_id) FROM unit_event x WHERE x.machine_number = u.machine_number)) AS "Since",
        (SELECT e.detail FROM unit_event e WHERE e.event_id = (
            SELECT MAX(x.event_id) FROM unit_event x WHERE x.machine_number = u.machine_number AND x.what IN ('Failed', 'Blocked', 'Revoked', 'Expired', 'Released', 'Scrapped') AND x.detail IS NOT NULL)) AS "Detail"
        """;

    private static readonly (UnitState State, string Where)[] Kinds =
    [
        (UnitState.Blocked, "u.state = 'Blocked'"),
        (UnitState.ReissuePending, "u.state = 'ReissuePending'"),
        (UnitState.Written, "u.state = 'Written'"),
        (UnitState.Stored, "u.state = 'Stored' AND u.line IS NOT NULL"),
    ];

    private sealed record Row(string Number, string StateName, long Attempt, string? Line, string? PlanLine, long AtScan, string? Since, string? Detail);

    /// <summary>Those that may wait for a person, kind by kind; a kind without any is left out.</summary>
    public IReadOnlyList<ReworkGroup> Find() => database.Read(connection => Kinds
        .Select(kind => new ReworkGroup(
            kind.State,
            connection.ExecuteScalar<int>($"SELECT COUNT(*) FROM unit u WHERE {kind.Where}"),
            connection.Query<Row>($"SELECT {Columns} FROM unit u WHERE {kind.Where} ORDER BY u.machine_number", buffered: false).Take(Shown).Select(ToUnit).ToList()))
        .Where(group => group.Count > 0)
        .ToList());

    /// <summary>One unit, whatever its state; null where there is none.</summary>
    public ReworkUnit? Find(MachineNumber number) => database.Read(connection =>
        connection.Query<Row>($"SELECT {Columns} FROM unit u WHERE u.machine_number = @number", new { number = number.ToString() }).Select(ToUnit).SingleOrDefault());

    private static ReworkUnit ToUnit(Row row) => new(row.Number, Enum.Parse<UnitState>(row.StateName), (int)row.Attempt, row.Line, row.PlanLine, row.Since, row.Detail, row.AtScan != 0);
}
