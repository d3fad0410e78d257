using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.CommunicationTerminal.OperatorApi;

/// <summary><c>GET /api/units?state=&amp;model=&amp;after=&amp;limit=</c>: units in ascending order of machine number.</summary>
internal sealed class UnitsEndpoint(Database database)
{
    private const int MaxLimit = 1000;

    /// <summary>Lists at most <paramref name="limit"/> units behind <paramref name="after"/>.</summary>
    public IReadOnlyList<UnitSummary> List(UnitState? state, string? model, string? after, int? limit)
    {
        var wanted = limit ?? 100;
        if (wanted is < 1 or > MaxLimit)
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"limit is {wanted}. Allowed: 1 to {MaxLimit}.");
        var conditions = new List<string> { "u.machine_number > @after" };
        if (state is not null)
            conditions.Add("u.state = @state");
        if (model is not null)
            conditions.Add("u.model = @model");
        var parameters = new
        {
            after = after is null ? string.Empty : MachineNumber.Parse(after).ToString(),
            state = state?.ToString(),
            model = model is null ? null : ModelCode.Parse(model).ToString(),
        };
        // No LIMIT: it is one database's word, and the reader stops by itself.
        return database.Read(connection => connection.Query<(string Number, string State, long Attempt, string? Line, string? WrittenAt, string? Fingerprint)>(
                $"""
                SELECT u.machine_number, u.state, u.attempt, u.line, u.written_at, c.fingerprint
                FROM unit u LEFT JOIN certificate c ON c.machine_number = u.machine_number AND c.attempt = u.attempt
                WHERE {string.Join(" AND ", conditions)} ORDER BY u.machine_number
                """,
                parameters,
                buffered: false)
            .Take(wanted)
            .Select(row => new UnitSummary(
                row.Number,
                Enum.Parse<UnitState>(row.State),
                (int)row.Attempt,
                row.Line,
                row.WrittenAt is null ? null : FactoryClock.Parse(row.WrittenAt),
                row.Fingerprint))
            .ToList());
    }
}
