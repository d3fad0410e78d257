using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using ProvisioningStation.CommunicationTerminal.ManagerAccount;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;

/// <summary>A browser that is signed in.</summary>
/// <param name="Who">As whom.</param>
/// <param name="IsLocked">It was idle too long: only the password opens it again.</param>
/// <param name="Language">The account's language, null for the browser's.</param>
internal sealed record ManagerSession(ManagerIdentity Who, bool IsLocked, string? Language);

/// <summary>
/// The browsers that are signed in. The cookie holds a random token, the table its SHA-256; a new sign-in always makes a new token, so that nobody can be given one beforehand. Idle time
/// is counted in memory and stored now and then: a restart lengthens it by less than <see cref="StoreSeenEvery"/>.
/// </summary>
internal sealed class ManagerSessions(Database database, ManagerUiOptions options, TimeProvider time)
{
    private const int TokenSize = 32;

    private static readonly TimeSpan StoreSeenEvery = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);

    /// <summary>Signs a browser in, and out of whatever it had before.</summary>
    /// <returns>The token for its cookie.</returns>
    public async Task<string> StartAsync(string account, string? before, CancellationToken cancellationToken)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenSize));
        await database.WriteAsync(
            (connection, transaction) =>
            {
                var now = time.GetUtcNow();
                if (before is not null)
                    connection.Execute("DELETE FROM manager_session WHERE token_sha256 = @key", new { key = KeyOf(before) }, transaction);
                connection.Execute("DELETE FROM manager_session WHERE started_at < @ended", new { ended = UtcText.Of(now - options.SessionLength) }, transaction);
                connection.Execute(
                    "INSERT INTO manager_session (token_sha256, account, started_at, seen_at, locked) VALUES (@key, @account, @now, @now, 0)",
                    new { key = KeyOf(token), account, now = UtcText.Of(now) },
                    transaction);
            },
            cancellationToken);
        return token;
    }

    /// <summary>The session of a token; null where there is none, or none any more. <paramref name="isActivity"/>: somebody clicked or typed, so that idle time begins anew.</summary>
    public async Task<ManagerSession?> FindAsync(string token, bool isActivity, CancellationToken cancellationToken)
    {
        var key = KeyOf(token);
        var (row, account) = database.Read(connection =>
        {
            var found = connection.QuerySingleOrDefault<(string Account, string StartedAt, string SeenAt, long Locked)?>(
                "SELECT account, started_at, seen_at, locked FROM manager_session WHERE token_sha256 = @key", new { key });
            return (found, found is { } one ? Account.Find(connection, null, one.Account) : null);
        });
        var now = time.GetUtcNow();
        if (row is not { } session || account is null || account.Disabled || now - UtcText.Parse(session.StartedAt) > options.SessionLength)
        {
            _seen.TryRemove(key, out _);
            return null;
        }

        var stored = UtcText.Parse(session.SeenAt);
        var seen = _seen.TryGetValue(key, out var later) && later > stored ? later : stored;
        var isLocked = session.Locked != 0 || now - seen > options.IdleLock;
        if (isLocked && session.Locked == 0)
            await LockAsync(token, cancellationToken);
        if (isActivity && !isLocked)
            await SeeAsync(key, now, stored, cancellationToken);
        return new ManagerSession(new ManagerIdentity(account.Name, account.Role, account.MustChange), isLocked, account.Language);
    }

    /// <summary>Locks a session until the password is given again.</summary>
    public Task LockAsync(string token, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute("UPDATE manager_session SET locked = 1 WHERE token_sha256 = @key", new { key = KeyOf(token) }, transaction),
        cancellationToken);

    /// <summary>Ends a session.</summary>
    public async Task EndAsync(string token, CancellationToken cancellationToken)
    {
        var key = KeyOf(token);
        _seen.TryRemove(key, out _);
        await database.WriteAsync((connection, transaction) => connection.Execute("DELETE FROM manager_session WHERE token_sha256 = @key", new { key }, transaction), cancellationToken);
    }

    /// <summary>Ends every session of an account.</summary>
    public static void EndAllOf(DbConnection connection, DbTransaction transaction, string account) =>
        connection.Execute("DELETE FROM manager_session WHERE account = @account", new { account }, transaction);

    private async Task SeeAsync(string key, DateTimeOffset now, DateTimeOffset stored, CancellationToken cancellationToken)
    {
        _seen[key] = now;
        if (now - stored < StoreSeenEvery)
            return;
        await database.WriteAsync(
            (connection, transaction) => connection.Execute("UPDATE manager_session SET seen_at = @now WHERE token_sha256 = @key", new { key, now = UtcText.Of(now) }, transaction),
            cancellationToken);
    }

    private static string KeyOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
