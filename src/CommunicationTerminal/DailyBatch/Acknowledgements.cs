using System.Data.Common;
using System.Runtime.ExceptionServices;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.DailyBatch;

/// <summary>
/// Tells the CA that packs are stored here, so that it wipes their keys. What is owed is stored together with the packs and forgotten only when the CA has answered;
/// telling it twice changes nothing.
/// </summary>
internal sealed class Acknowledgements(Database database, CertificateAuthorityClient authority, ExpiredRequests expired)
{
    /// <summary>Notes that the packs of a request are stored, in the transaction that stores the last of them.</summary>
    public static void Owe(DbConnection connection, DbTransaction transaction, RequestId requestId, string now) => connection.Execute(
        "INSERT INTO outstanding_acknowledgement (request_id, since) VALUES (@id, @now)",
        new { id = requestId.ToString(), now },
        transaction);

    /// <summary>Whether anything is owed.</summary>
    public bool IsAnyOwed => database.Read(connection => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM outstanding_acknowledgement")) > 0;

    /// <summary>Tells the CA of one request, without forgetting that it was owed.</summary>
    public async Task TellAsync(RequestId requestId, CancellationToken cancellationToken)
    {
        KillPoint.Reached(CommunicationTerminalKillPoints.BeforeAcknowledgement);
        await authority.AcknowledgeAsync(requestId, cancellationToken);
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterAcknowledgement);
    }

    /// <summary>Tells the CA of everything that is owed. A request that the CA refuses does not keep the others from being told; the first refusal is thrown at the end.
    /// One that came too late is replaced.</summary>
    public async Task TellAllAsync(CancellationToken cancellationToken)
    {
        var owed = database.Read(connection => connection.Query<string>("SELECT request_id FROM outstanding_acknowledgement ORDER BY since").ToList());
        ExceptionDispatchInfo? refusal = null;
        foreach (var requestId in owed.Select(RequestId.Parse))
        {
            try
            {
                await TellAsync(requestId, cancellationToken);
                await ForgetAsync([requestId], cancellationToken);
            }
            catch (ProvisioningException late) when (late.Code == ErrorCode.KeysExpired)
            {
                await expired.ReplaceAsync(requestId, cancellationToken);
            }
            catch (ProvisioningException cause) when (cause.Code != ErrorCode.CaUnavailable)
            {
                refusal ??= ExceptionDispatchInfo.Capture(cause);
            }
        }

        refusal?.Throw();
    }

    /// <summary>Forgets what the CA has been told.</summary>
    public Task ForgetAsync(IReadOnlyCollection<RequestId> told, CancellationToken cancellationToken) =>
        database.WriteAsync((connection, transaction) => Forget(connection, transaction, told), cancellationToken);

    /// <summary>Forgets what the CA has been told, or does not want to know any more.</summary>
    public static void Forget(DbConnection connection, DbTransaction transaction, IReadOnlyCollection<RequestId> told) => connection.Execute(
        "DELETE FROM outstanding_acknowledgement WHERE request_id = @id",
        told.Select(requestId => new { id = requestId.ToString() }),
        transaction);
}
