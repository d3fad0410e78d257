using System.Collections.Concurrent;
using System.Security.Cryptography;
using Dapper;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.CertificateStore;

/// <summary>Root and issuing certificates, stored once for all the packs below them.</summary>
internal sealed class ChainStore(Database database) : IDisposable
{
    private readonly ConcurrentDictionary<int, TrustedChain> _chains = new();

    /// <summary>A stored chain.</summary>
    public TrustedChain Get(int id) => _chains.GetOrAdd(id, static (id, database) => Load(database, id), database);

    /// <summary>The chains of devices' certificates.</summary>
    public IReadOnlyList<TrustedChain> OfDevices() =>
        database.Read(connection => connection.Query<int>("SELECT chain_id FROM chain ORDER BY chain_id").ToList()).Select(Get).Where(chain => chain.IsOfDevices).ToList();

    /// <summary>Stores the chain of <paramref name="pack"/>, which the caller has verified, unless it is stored.</summary>
    public async Task<TrustedChain> AddAsync(CertificatePack pack, CancellationToken cancellationToken)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData([.. pack.RootCertificate, .. pack.IssuingCertificates.SelectMany(certificate => certificate)]));
        var id = await database.WriteAsync(
            (connection, transaction) =>
            {
                if (connection.QuerySingleOrDefault<int?>("SELECT chain_id FROM chain WHERE sha256 = @sha256", new { sha256 }, transaction) is { } known)
                    return known;
                var id = connection.ExecuteScalar<int>("SELECT COALESCE(MAX(chain_id), 0) + 1 FROM chain", transaction: transaction);
                connection.Execute("INSERT INTO chain (chain_id, sha256, root) VALUES (@id, @sha256, @RootCertificate)", new { id, sha256, pack.RootCertificate }, transaction);
                for (var position = 0; position < pack.IssuingCertificates.Count; position++)
                {
                    connection.Execute(
                        "INSERT INTO chain_issuing (chain_id, position, certificate) VALUES (@id, @position, @certificate)",
                        new { id, position, certificate = pack.IssuingCertificates[position] },
                        transaction);
                }

                return id;
            },
            cancellationToken);
        return Get(id);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var chain in _chains.Values)
            chain.Dispose();
    }

    private static TrustedChain Load(Database database, int id) => database.Read(connection => new TrustedChain(
        id,
        connection.QuerySingle<byte[]>("SELECT root FROM chain WHERE chain_id = @id", new { id }),
        connection.Query<byte[]>("SELECT certificate FROM chain_issuing WHERE chain_id = @id ORDER BY position", new { id }).ToList()));
}
