using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>
/// Counts wrong passwords by the name that was typed, before the password is looked at: a kill in between gives nobody a free guess. Names without an account are counted alike, so
/// that the answer tells nobody which there are.
/// </summary>
internal sealed class SignInFailures(Database database, AccountOptions options, TimeProvider time)
{
    private const int MostNames = 10_000;

    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    /// <summary>Counts an attempt that has not succeeded yet.</summary>
    /// <returns>Until when no password of this name is looked at; null where this one may be.</returns>
    public Task<DateTimeOffset?> CountAsync(string name, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            var now = time.GetUtcNow();
            var key = KeyOf(name);
            var known = connection.QuerySingleOrDefault<(long Failures, string? LockedUntil)?>(
                "SELECT failures, locked_until FROM sign_in_failure WHERE name_sha256 = @key", new { key }, transaction);
            if (known?.LockedUntil is { } until && UtcText.Parse(until) > now)
                return UtcText.Parse(until);
            var failures = (known?.Failures ?? 0) + 1;
            var values = new { key, failures, now = UtcText.Of(now), until = LockOf(failures) is { } delay ? UtcText.Of(now + delay) : null };
            if (connection.Execute("UPDATE sign_in_failure SET failures = @failures, last_at = @now, locked_until = @until WHERE name_sha256 = @key", values, transaction) == 0)
            {
                Prune(connection, transaction, now);
                connection.Execute("INSERT INTO sign_in_failure (name_sha256, failures, last_at, locked_until) VALUES (@key, @failures, @now, @until)", values, transaction);
            }

            return (DateTimeOffset?)null;
        },
        cancellationToken);

    /// <summary>Forgets the wrong ones behind the right one.</summary>
    public static void Forget(DbConnection connection, DbTransaction transaction, string name) =>
        connection.Execute("DELETE FROM sign_in_failure WHERE name_sha256 = @key", new { key = KeyOf(name) }, transaction);

    private TimeSpan? LockOf(long failures)
    {
        var beyond = failures - options.FreeAttempts;
        if (beyond <= 0)
            return null;
        var delay = options.FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(beyond - 1, 30));
        return TimeSpan.FromSeconds(Math.Min(delay, options.MaxDelay.TotalSeconds));
    }

    private static void Prune(DbConnection connection, DbTransaction transaction, DateTimeOffset now)
    {
        connection.Execute("DELETE FROM sign_in_failure WHERE last_at < @before", new { before = UtcText.Of(now - Forgotten) }, transaction);
        if (connection.ExecuteScalar<int>("SELECT COUNT(*) FROM sign_in_failure", transaction: transaction) >= MostNames)
            connection.Execute("DELETE FROM sign_in_failure WHERE last_at = (SELECT MIN(last_at) FROM sign_in_failure)", transaction: transaction);
    }

    private static string KeyOf(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
