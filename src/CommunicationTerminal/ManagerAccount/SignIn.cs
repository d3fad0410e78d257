using System.Security.Cryptography;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>What came of name and password: an account, or nothing; and until when no further password of that name is looked at.</summary>
internal sealed record SignInAnswer(Account? Account, DateTimeOffset? LockedUntil);

/// <summary>Compares name and password (P-2). One at a time: the hash is made to be slow, and a flood of guesses must not take the lines their processor.</summary>
internal sealed class SignIn(Database database, SignInFailures failures, AuditTrail audit, FactoryClock clock) : IDisposable
{
    private const int MostWaiting = 8;

    /// <summary>Compared where there is no such account, so that it takes the same time.</summary>
    private static readonly PasswordHash Nobody = PasswordHash.Create(RandomNumberGenerator.GetBytes(32));

    private readonly SemaphoreSlim _one = new(1, 1);
    private int _waiting;

    /// <summary>Whether name and password belong together. Too many at once are turned away as locked for a moment.</summary>
    public async Task<SignInAnswer> TryAsync(string name, string password, CancellationToken cancellationToken)
    {
        name = name.Trim().ToLowerInvariant();
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return new SignInAnswer(null, clock.UtcNow.AddSeconds(5));
        }

        try
        {
            await _one.WaitAsync(cancellationToken);
            try
            {
                return await CompareAsync(name, password, cancellationToken);
            }
            finally
            {
                _one.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<SignInAnswer> CompareAsync(string name, string password, CancellationToken cancellationToken)
    {
        if (await failures.CountAsync(name, cancellationToken) is { } until)
            return new SignInAnswer(null, until);
        KillPoint.Reached(CommunicationTerminalKillPoints.AfterSignInCounted);
        var account = database.Read(connection => Account.Find(connection, null, name));
        var bytes = PasswordRules.BytesOf(password);
        var matches = (account?.Password ?? Nobody).Matches(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        if (account is null)
            return new SignInAnswer(null, null);
        if (!matches || account.Disabled)
        {
            await audit.AppendAsync($"Account {name}", "SignInRefused", name, matches ? "Disabled" : "WrongPassword", string.Empty, cancellationToken);
            return new SignInAnswer(null, null);
        }

        await database.WriteAsync(
            (connection, transaction) =>
            {
                SignInFailures.Forget(connection, transaction, name);
                connection.Execute("UPDATE account SET signed_in_at = @now WHERE name = @name", new { name, now = clock.StoredNow }, transaction);
                audit.Append(connection, transaction, $"{account.Role} {name}", "SignedIn", name);
            },
            cancellationToken);
        return new SignInAnswer(account, null);
    }
}
