using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.KeyPools;

/// <summary>A key out of the pool.</summary>
/// <param name="Id">Its row, which goes in the transaction that reserves its certificate.</param>
/// <param name="Key">The key in clear.</param>
internal sealed record PooledKey(long Id, DeviceKey Key);

/// <summary>
/// Keys that were made ahead (table <c>pooled_key</c>), encrypted. One is used at most once: it is deleted in the transaction that stores the certificate made with it, and until then
/// no second order of this process, the only one with this database, gets it.
/// </summary>
internal sealed class KeyPool(Database database, KeyProtection protection, KeyPoolOptions options, CertificateProfiles profiles, KeyPoolMetrics metrics, TimeProvider time)
{
    private readonly HashSet<long> _claimed = [];
    private readonly Lock _lock = new();

    /// <summary>The kinds of key that the profiles use and that are made ahead.</summary>
    public IReadOnlyList<KeyAlgorithm> Algorithms { get; } = [.. profiles.Listed.Select(profile => profile.Key).Where(DeviceKey.IsPooled).Distinct().Order()];

    /// <summary>How many keys of a kind there should be.</summary>
    public int Target(KeyAlgorithm algorithm) => Algorithms.Contains(algorithm) ? options.Target(algorithm) : 0;

    /// <summary>How many keys of a kind there are.</summary>
    public int Level(KeyAlgorithm algorithm) => database.Read(connection => connection.ExecuteScalar<int>(
        "SELECT COUNT(*) FROM pooled_key WHERE algorithm = @algorithm", new { algorithm = algorithm.ToString() }));

    /// <summary>Up to <paramref name="count"/> keys, the oldest first, for one order. They stay in the pool until <see cref="Take"/>; whoever got them calls <see cref="Release"/> in the end.</summary>
    /// <exception cref="CryptographicException">A key was changed in the store.</exception>
    public IReadOnlyList<PooledKey> Claim(KeyAlgorithm algorithm, int count)
    {
        List<(long Id, byte[] PublicKey, byte[] WrappedKey)> rows;
        lock (_lock)
        {
            rows = database.Read(connection => connection.Query<(long Id, byte[] PublicKey, byte[] WrappedKey)>(
                "SELECT id, public_key, wrapped_key FROM pooled_key WHERE algorithm = @algorithm ORDER BY id", new { algorithm = algorithm.ToString() }, buffered: false)
                .Where(row => !_claimed.Contains(row.Id))
                .Take(count)
                .ToList());
            _claimed.UnionWith(rows.Select(row => row.Id));
        }

        metrics.Taken(algorithm, rows.Count, count - rows.Count);
        try
        {
            return [.. rows.Select(row => new PooledKey(row.Id, new DeviceKey(protection.Unwrap(row.WrappedKey, Owner(algorithm)), row.PublicKey)))];
        }
        catch
        {
            Release(rows.Select(row => row.Id));
            throw;
        }
    }

    /// <summary>Takes keys out of the pool, inside the transaction that reserves their certificates.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.Conflict"/> where one is not there any more.</exception>
    public static void Take(DbConnection connection, DbTransaction transaction, IEnumerable<long> keys)
    {
        foreach (var id in keys)
        {
            if (connection.Execute("DELETE FROM pooled_key WHERE id = @id", new { id }, transaction) != 1)
                throw new ProvisioningException(ErrorCode.Conflict, "A key of the pool was used by somebody else. Nothing was issued; send the request again.");
        }
    }

    /// <summary>The order has ended: of its keys, those that are still in the pool are free again.</summary>
    public void Release(IEnumerable<long> keys)
    {
        lock (_lock)
            _claimed.ExceptWith(keys);
    }

    /// <summary>Makes one key and stores it, encrypted.</summary>
    public async Task AddAsync(KeyAlgorithm algorithm, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var key = DeviceKey.Make(algorithm);
        var wrapped = protection.Wrap(key.PrivateKey, Owner(algorithm));
        CryptographicOperations.ZeroMemory(key.PrivateKey);
        metrics.Made(algorithm, time.GetElapsedTime(started));
        await database.WriteAsync(
            (connection, transaction) => connection.Execute(
                """
                INSERT INTO pooled_key (id, algorithm, public_key, wrapped_key, made_at)
                VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM pooled_key), @algorithm, @publicKey, @wrapped, @now)
                """,
                new { algorithm = algorithm.ToString(), publicKey = key.PublicKey, wrapped, now = UtcText.Of(time.GetUtcNow()) },
                transaction),
            cancellationToken);
    }

    private static string Owner(KeyAlgorithm algorithm) => $"pooled key {algorithm}";
}
