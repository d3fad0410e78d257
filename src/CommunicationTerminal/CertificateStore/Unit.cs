using System.Data.Common;
using Dapper;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>One product as the terminal knows it.</summary>
internal sealed record Unit
{
    private const string Columns = """
        machine_number AS "Number", state AS "StateName", attempt AS "Attempt", plan_line AS "PlanLine", at_scan AS "AtScanFlag", line AS "Line",
        ca_request_id AS "CaRequest", stored_at AS "StoredAt", written_at AS "WrittenAt", proved_at AS "ProvedAt", firmware_version AS "FirmwareVersion",
        plan_date AS "PlanDate", ca_request_key AS "CaRequestKey", released_attempt AS "ReleasedAttempt"
        """;

    /// <summary>As stored.</summary>
    public required string Number { get; init; }

    /// <summary>The machine number.</summary>
    public MachineNumber MachineNumber => MachineNumber.Parse(Number);

    /// <summary>Where it is in its life.</summary>
    public UnitState State { get; init; }

    /// <summary>Which of its certificates is the current one, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The only line that may have it, by the plan.</summary>
    public string? PlanLine { get; init; }

    /// <summary>Whether its certificate is requested only when it is scanned (P-24).</summary>
    public bool AtScan { get; init; }

    /// <summary>The line that has it now.</summary>
    public string? Line { get; init; }

    /// <summary>The single request to the CA that is, or was, under way for it.</summary>
    public string? CaRequest { get; init; }

    /// <summary>Of which key that request is, where the board has made it (<see cref="BoardKey.Sha256"/>); null where the CA makes it.</summary>
    public string? CaRequestKey { get; init; }

    /// <summary>The attempt at which a person released it; failures count from there.</summary>
    public int ReleasedAttempt { get; init; }

    /// <summary>When the current certificate was stored.</summary>
    public string? StoredAt { get; init; }

    /// <summary>When the written flag was set.</summary>
    public string? WrittenAt { get; init; }

    /// <summary>When it was proved.</summary>
    public string? ProvedAt { get; init; }

    /// <summary>What the board said it runs.</summary>
    public string? FirmwareVersion { get; init; }

    /// <summary>The day of the plan that it belongs to.</summary>
    public required string PlanDate { get; init; }

    private string StateName
    {
        init => State = Enum.Parse<UnitState>(value);
    }

    private long AtScanFlag
    {
        init => AtScan = value != 0;
    }

    /// <summary>The unit of this number, null where there is none.</summary>
    public static Unit? Find(DbConnection connection, DbTransaction? transaction, MachineNumber number) =>
        connection.QuerySingleOrDefault<Unit>($"SELECT {Columns} FROM unit WHERE machine_number = @number", new { number = number.ToString() }, transaction);

    /// <summary>The units whose last single request this is. Reads the whole table, for what hardly ever happens.</summary>
    public static IReadOnlyList<Unit> OfRequest(DbConnection connection, DbTransaction transaction, RequestId requestId) =>
        connection.Query<Unit>($"SELECT {Columns} FROM unit WHERE ca_request_id = @id", new { id = requestId.ToString() }, transaction).AsList();

    /// <summary>The units from <paramref name="first"/> to <paramref name="last"/> that have, or wait for, what the batch brings: none of their own requests was made.</summary>
    public static IReadOnlyList<Unit> OfBatch(DbConnection connection, DbTransaction transaction, MachineNumber first, MachineNumber last) => connection.Query<Unit>(
        $"SELECT {Columns} FROM unit WHERE machine_number BETWEEN @first AND @last AND ca_request_id IS NULL",
        new { first = first.ToString(), last = last.ToString() },
        transaction).AsList();

    /// <summary>Stores <paramref name="after"/> in the place of this.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where the table of transitions forbids it or somebody else was there first.</exception>
    public Unit Become(DbConnection connection, DbTransaction transaction, Unit after)
    {
        UnitLife.Require(State, after.State);
        var rows = connection.Execute(
            """
            UPDATE unit SET state = @state, attempt = @Attempt, line = @Line, ca_request_id = @CaRequest, stored_at = @StoredAt, written_at = @WrittenAt,
                proved_at = @ProvedAt, firmware_version = @FirmwareVersion, plan_line = @PlanLine, ca_request_key = @CaRequestKey, released_attempt = @ReleasedAttempt
            WHERE machine_number = @Number AND state = @expected AND attempt = @expectedAttempt
            """,
            new
            {
                state = after.State.ToString(),
                after.Attempt,
                after.Line,
                after.CaRequest,
                after.StoredAt,
                after.WrittenAt,
                after.ProvedAt,
                after.FirmwareVersion,
                after.PlanLine,
                after.CaRequestKey,
                after.ReleasedAttempt,
                Number,
                expected = State.ToString(),
                expectedAttempt = Attempt,
            },
            transaction);
        return rows == 1 ? after : throw new ProvisioningException(ErrorCode.Conflict, $"{Number} is not {State}, attempt {Attempt}, any more.");
    }
}
