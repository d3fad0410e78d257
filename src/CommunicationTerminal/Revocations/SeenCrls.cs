using System.Data.Common;
using System.Globalization;
using System.Numerics;
using Dapper;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.Revocations;

/// <summary>The latest CRL that was taken from each issuing CA.</summary>
/// <param name="ChainId">The chain below that issuing CA.</param>
/// <param name="Number">Its number.</param>
/// <param name="NextUpdate">Until when there is a next one.</param>
internal sealed record SeenCrl(int ChainId, BigInteger Number, DateTimeOffset NextUpdate);

/// <summary>Keeps them, so that an older one is never taken for news (a replay over the open line).</summary>
internal sealed class SeenCrls(Database database, FactoryClock clock)
{
    /// <summary>The latest of a chain, null before the first.</summary>
    public SeenCrl? Find(int chainId) => database.Read(connection => connection.Query<(string Number, string NextUpdate)>(
            "SELECT crl_number, next_update FROM seen_crl WHERE chain_id = @chainId",
            new { chainId })
        .Select(row => new SeenCrl(chainId, BigInteger.Parse(row.Number, CultureInfo.InvariantCulture), FactoryClock.Parse(row.NextUpdate)))
        .SingleOrDefault());

    /// <summary>Notes a CRL, once everything on it has been seen to.</summary>
    public void Keep(DbConnection connection, DbTransaction transaction, int chainId, CertificateRevocationList crl, string sha256)
    {
        connection.Execute("DELETE FROM seen_crl WHERE chain_id = @chainId", new { chainId }, transaction);
        connection.Execute(
            """
            INSERT INTO seen_crl (chain_id, crl_number, this_update, next_update, sha256, entries, seen_at)
            VALUES (@chainId, @number, @thisUpdate, @nextUpdate, @sha256, @entries, @now)
            """,
            new
            {
                chainId,
                number = crl.Number.ToString(CultureInfo.InvariantCulture),
                thisUpdate = UtcText.Of(crl.ThisUpdate),
                nextUpdate = UtcText.Of(crl.NextUpdate),
                sha256,
                entries = crl.Entries.Count,
                now = clock.StoredNow,
            },
            transaction);
    }
}
