using System.Data.Common;
using System.Globalization;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>A request of the batch that failed and waits for its next try.</summary>
/// <param name="Model">Its model.</param>
/// <param name="First">Its first serial.</param>
/// <param name="Units">How many units it is for.</param>
/// <param name="Attempts">How often it was sent.</param>
/// <param name="NextTryAt">When it is sent again.</param>
/// <param name="Code">Why it failed.</param>
/// <param name="Error">Why, in the words of whoever refused it.</param>
internal sealed record WaitingChunk(ModelCode Model, int First, int Units, int Attempts, DateTimeOffset NextTryAt, ErrorCode Code, string Error)
{
    /// <summary>The machine number that it begins with.</summary>
    public MachineNumber FirstNumber => new(Model, First);
}

/// <summary>What waits for its next try, and the end of waiting.</summary>
internal sealed class BatchWaits(Database database, FactoryClock clock)
{
    /// <summary>The requests that failed, the next first.</summary>
    public IReadOnlyList<WaitingChunk> Read() => database.Read(connection => connection
        .Query<(string Model, long First, long Units, long Attempts, string NextTryAt, string Code, string Error)>(
            """
            SELECT model, first_serial, unit_count - stored_count, attempts, next_try_at, error_code, last_error FROM chunk
            WHERE state = 'Open' AND next_try_at IS NOT NULL ORDER BY next_try_at, model, first_serial
            """)
        .Select(row => new WaitingChunk(
            ModelCode.Parse(row.Model),
            (int)row.First,
            (int)row.Units,
            (int)row.Attempts,
            FactoryClock.Parse(row.NextTryAt),
            Enum.TryParse<ErrorCode>(row.Code, out var code) ? code : ErrorCode.Internal,
            row.Error))
        .ToList());

    /// <summary>How long until the next try; null where nothing waits.</summary>
    public TimeSpan? UntilNextTry()
    {
        var next = database.Read(connection => connection.ExecuteScalar<string?>(
            "SELECT MIN(next_try_at) FROM (SELECT next_try_at FROM chunk WHERE state = 'Open' UNION ALL SELECT next_try_at FROM return_request) waiting"));
        return next is null ? null : FactoryClock.Parse(next) - clock.UtcNow;
    }

    /// <summary>Everything that waits is due now.</summary>
    public Task ForgetAsync(CancellationToken cancellationToken) => database.WriteAsync(Forget, cancellationToken);

    /// <summary>Everything that waits is due now, in the transaction of whoever says so.</summary>
    public static void Forget(DbConnection connection, DbTransaction transaction)
    {
        connection.Execute("UPDATE chunk SET next_try_at = NULL WHERE state = 'Open' AND next_try_at IS NOT NULL", transaction: transaction);
        connection.Execute("UPDATE return_request SET next_try_at = NULL WHERE next_try_at IS NOT NULL", transaction: transaction);
    }

    /// <summary>Says what waits, so that health and the manager know also between two tries.</summary>
    /// <exception cref="ProvisioningException">Something waits.</exception>
    public void ThrowIfAny()
    {
        var waiting = Read();
        if (waiting.FirstOrDefault(chunk => chunk.Code != ErrorCode.QuotaExceeded) is { } other)
            throw new ProvisioningException(other.Code, other.Error);
        if (FindWaitingReturn() is var (code, error))
            throw new ProvisioningException(code, error);
        if (waiting.Count > 0)
            throw new ProvisioningException(ErrorCode.QuotaExceeded, SayWhatWaits(waiting));
    }

    private (ErrorCode Code, string Error)? FindWaitingReturn() => database.Read(connection =>
        connection.QueryFirstOrDefault<(string Code, string Error)?>("SELECT error_code, last_error FROM return_request WHERE next_try_at IS NOT NULL")) is { } found
        ? (Enum.TryParse<ErrorCode>(found.Code, out var code) ? code : ErrorCode.Internal, found.Error)
        : null;

    /// <summary>For the plant manager, who can't mend it: what waits, for whom, and that nothing has to be done here afterwards.</summary>
    private static string SayWhatWaits(IEnumerable<WaitingChunk> waiting)
    {
        var units = waiting.GroupBy(chunk => chunk.Model).OrderBy(model => model.Key)
            .Select(model => string.Create(CultureInfo.InvariantCulture, $"{model.Sum(chunk => chunk.Units)} units of model {model.Key}"));
        return $"The center has not approved enough certificates for the plan: {string.Join(", ", units)} wait. "
            + "Ask the administrator of the certificate authority for a larger quota. Once it is approved, the terminal goes on by itself.";
    }
}
