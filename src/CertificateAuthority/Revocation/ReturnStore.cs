using System.Data.Common;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CertificateAuthority.Revocation;

/// <summary>
/// Remembers each return in the transaction that carries it out. The same id is answered from memory, so that an answer that was lost can be asked for again however late, also after
/// the numbers were issued anew.
/// </summary>
internal sealed class ReturnStore(Database database, RevocationStore revocations, RevocationNews news, TimeProvider time)
{
    /// <summary>Carries a return out, once.</summary>
    /// <returns>How many certificates it has revoked.</returns>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.RequestIdReused"/>, or <see cref="ErrorCode.NotAuthorized"/> where one is another terminal's.</exception>
    public async Task<int> ReturnAsync(ReturnOrder order, CancellationToken cancellationToken)
    {
        KillPoint.Reached(CertificateAuthorityKillPoints.BeforeReturn);
        var (revoked, isNew) = await database.WriteAsync((connection, transaction) => Return(connection, transaction, order), cancellationToken);
        KillPoint.Reached(CertificateAuthorityKillPoints.AfterReturn);
        if (isNew && revoked > 0)
            news.Announce();
        return revoked;
    }

    private (int Revoked, bool IsNew) Return(DbConnection connection, DbTransaction transaction, ReturnOrder order)
    {
        var id = order.RequestId.ToString();
        var earlier = connection.QuerySingleOrDefault<(string Caller, string ContentSha256, long Revoked)?>(
            "SELECT caller, content_sha256, revoked FROM certificate_return WHERE request_id = @id",
            new { id },
            transaction);
        if (earlier is { } known)
        {
            if (known.Caller != order.Caller)
                throw new ProvisioningException(ErrorCode.NotAuthorized, $"Request {id} is another terminal's.");
            if (known.ContentSha256 != order.ContentSha256)
                throw new ProvisioningException(ErrorCode.RequestIdReused, $"Request {id} was made before with other machine numbers. Take a new id for a new request.");
            return ((int)known.Revoked, false);
        }

        if (connection.ExecuteScalar<long>("SELECT COUNT(*) FROM issuance_request WHERE request_id = @id", new { id }, transaction) > 0)
            throw new ProvisioningException(ErrorCode.RequestIdReused, $"Request {id} was an order for certificates. Take a new id for a return.");
        var revoked = revocations.Return(connection, transaction, order);
        connection.Execute(
            "INSERT INTO certificate_return (request_id, caller, content_sha256, revoked, received_at) VALUES (@id, @Caller, @ContentSha256, @revoked, @now)",
            new { id, order.Caller, order.ContentSha256, revoked, now = UtcText.Of(time.GetUtcNow()) },
            transaction);
        return (revoked, true);
    }
}
