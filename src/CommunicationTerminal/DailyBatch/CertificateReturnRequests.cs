using System.Runtime.ExceptionServices;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// Tells the CA which certificates it is to revoke (table <c>certificate_return</c>), some hundred at a time. The id of each request is stored before it is sent, and the CA remembers it;
/// what was owed is forgotten when it has answered. A number whose pack is still on its way from the CA waits until that has come: told earlier, the certificate would be made afterwards.
/// </summary>
internal sealed partial class CertificateReturnRequests(
    Database database,
    CertificateAuthorityClient authority,
    DailyBatchOptions options,
    PacksOnTheirWay scanned,
    Retries retries,
    ILogger<CertificateReturnRequests> logger)
{
    /// <summary>Tells the CA of everything that is owed and due. A request that fails does not keep the others from being told; the first failure is thrown at the end.</summary>
    public async Task TellAllAsync(CancellationToken cancellationToken)
    {
        await FormRequestsAsync(cancellationToken);
        var due = database.Read(connection =>
            connection.Query<(string Id, long Attempts)>($"SELECT request_id, attempts FROM return_request WHERE {Retries.IsDue} ORDER BY attempts", retries.Limits).ToList());
        ExceptionDispatchInfo? failure = null;
        foreach (var (id, attempts) in due)
        {
            try
            {
                await TellAsync(RequestId.Parse(id), cancellationToken);
            }
            catch (ProvisioningException cause)
            {
                failure ??= ExceptionDispatchInfo.Capture(cause);
                LogFailed(id, cause.Message);
                await MarkFailedAsync(RequestId.Parse(id), retries.After((int)attempts + 1, cause), cancellationToken);
                if (cause.Code == ErrorCode.CaUnavailable)
                    break; // the others would wait for the same silence
            }
        }

        failure?.Throw();
    }

    private async Task FormRequestsAsync(CancellationToken cancellationToken)
    {
        while (FindTellable() is { Count: > 0 } numbers)
        {
            var id = RequestId.New().ToString();
            await database.WriteAsync(
                (connection, transaction) =>
                {
                    connection.Execute("INSERT INTO return_request (request_id, attempts) VALUES (@id, 0)", new { id }, transaction);
                    connection.Execute(
                        "UPDATE certificate_return SET request_id = @id WHERE machine_number = @number AND request_id IS NULL",
                        numbers.Select(number => new { id, number }),
                        transaction);
                },
                cancellationToken);
        }
    }

    private List<string> FindTellable() => database.Read(connection =>
    {
        var waiting = connection.Query<string>("SELECT machine_number FROM certificate_return WHERE request_id IS NULL ORDER BY machine_number").Select(MachineNumber.Parse).ToList();
        if (waiting.Count == 0)
            return [];
        var onTheirWay = connection.Query<(string Model, int First, int Count)>("SELECT model, first_serial, unit_count FROM chunk WHERE state = 'Open' AND sent_at IS NOT NULL")
            .ToLookup(chunk => chunk.Model, chunk => new SerialRange(chunk.First, chunk.Count), StringComparer.Ordinal);
        return waiting.Where(number => !scanned.Contains(number) && !onTheirWay[number.Model.ToString()].Any(serials => serials.Contains(number.Serial)))
            .Take(options.ChunkSize)
            .Select(number => number.ToString())
            .ToList();
    });

    private async Task TellAsync(RequestId requestId, CancellationToken cancellationToken)
    {
        var id = requestId.ToString();
        var owed = database.Read(connection =>
            connection.Query<(string Number, string Why)>("SELECT machine_number, why FROM certificate_return WHERE request_id = @id ORDER BY machine_number", new { id }).ToList());
        if (owed.Count > 0)
        {
            KillPoint.Reached(CommunicationTerminalKillPoints.BeforeReturnSent);
            await authority.ReturnAsync(new ReturnCertificatesRequest(requestId, owed.ConvertAll(row => MachineNumber.Parse(row.Number)), owed[0].Why), cancellationToken);
            KillPoint.Reached(CommunicationTerminalKillPoints.AfterReturnSent);
        }

        await database.WriteAsync(
            (connection, transaction) =>
            {
                connection.Execute("DELETE FROM certificate_return WHERE request_id = @id", new { id }, transaction);
                connection.Execute("DELETE FROM return_request WHERE request_id = @id", new { id }, transaction);
            },
            cancellationToken);
        LogTold(id, owed.Count);
    }

    private Task<int> MarkFailedAsync(RequestId requestId, Retry retry, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            $"UPDATE return_request SET attempts = attempts + 1, {Retry.Columns} WHERE request_id = @Id",
            retry.For(requestId),
            transaction),
        cancellationToken);

    [LoggerMessage(213, LogLevel.Information, "Request {RequestId}: the CA has revoked the certificates of {Count} units that are not built")]
    private partial void LogTold(string requestId, int count);

    [LoggerMessage(214, LogLevel.Warning, "Request {RequestId} to revoke certificates of units that are not built stays open: {Reason}")]
    private partial void LogFailed(string requestId, string reason);
}
