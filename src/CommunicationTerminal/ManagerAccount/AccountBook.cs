using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using ProvisioningStation.CommunicationTerminal.ManagerUi;
using ProvisioningStation.CommunicationTerminal.ManagerUi.Sessions;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>Who may sign in: kept by managers. First passwords are made here, shown once, and have to be replaced at the first sign-in. There is always a manager who can sign in.</summary>
internal sealed class AccountBook(Database database, AuditTrail audit, FactoryClock clock)
{
    /// <summary>No letter or digit that is mistaken for another when it is read from a screen.</summary>
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    private const int Groups = 4;
    private const int GroupLength = 5;
    private const int MaxName = 40;

    /// <summary>All accounts, by name.</summary>
    public IReadOnlyList<Account> All() => database.Read(Account.All);

    /// <summary>Makes an account.</summary>
    /// <returns>Its first password, kept nowhere.</returns>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.MalformedRequest"/> for a name that can't be one, <see cref="ErrorCode.Conflict"/> for one that is taken.</exception>
    public async Task<string> CreateAsync(string name, AccountRole role, ManagerIdentity by, CancellationToken cancellationToken)
    {
        name = name.Trim().ToLowerInvariant();
        if (name.Length is 0 or > MaxName || !char.IsAsciiLetter(name[0]) || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
            throw new ProvisioningException(ErrorCode.MalformedRequest, $"'{Printable.Shorten(name)}' can't be an ID. Allowed: a letter, then letters, digits, dots and hyphens, at most {MaxName}.");
        var (password, hash) = MakePassword();
        await database.WriteAsync(
            (connection, transaction) =>
            {
                if (Account.Find(connection, transaction, name) is not null)
                    throw new ProvisioningException(ErrorCode.Conflict, $"There is an account {name} already.");
                connection.Execute(
                    """
                    INSERT INTO account (name, role, salt, password_hash, iterations, must_change, disabled, created_at, changed_at)
                    VALUES (@name, @role, @Salt, @Hash, @Iterations, 1, 0, @now, @now)
                    """,
                    new { name, role = role.ToString(), hash.Salt, hash.Hash, hash.Iterations, now = clock.StoredNow },
                    transaction);
                audit.Append(connection, transaction, by.Actor, "AccountCreated", name, detail: role.ToString());
            },
            cancellationToken);
        return password;
    }

    /// <summary>Gives an account a new first password: forgotten, or known to somebody else.</summary>
    /// <returns>The password, kept nowhere.</returns>
    public async Task<string> ResetPasswordAsync(string name, ManagerIdentity by, CancellationToken cancellationToken)
    {
        var (password, hash) = MakePassword();
        await ChangeAsync(name, by, "PasswordReset", string.Empty, (connection, transaction) =>
        {
            SignInFailures.Forget(connection, transaction, name);
            connection.Execute(
                "UPDATE account SET salt = @Salt, password_hash = @Hash, iterations = @Iterations, must_change = 1 WHERE name = @name",
                new { name, hash.Salt, hash.Hash, hash.Iterations },
                transaction);
        }, cancellationToken);
        return password;
    }

    /// <summary>Gives an account another role.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.PreconditionFailed"/> where no manager would be left.</exception>
    public Task SetRoleAsync(string name, AccountRole role, ManagerIdentity by, CancellationToken cancellationToken) =>
        ChangeAsync(name, by, "RoleChanged", role.ToString(), (connection, transaction) =>
            connection.Execute("UPDATE account SET role = @role WHERE name = @name", new { name, role = role.ToString() }, transaction), cancellationToken);

    /// <summary>Keeps somebody from signing in, or lets them again. The account's name stays: it stands in the audit trail.</summary>
    /// <exception cref="ProvisioningException"><see cref="ErrorCode.PreconditionFailed"/> where no manager would be left.</exception>
    public Task SetDisabledAsync(string name, bool isDisabled, ManagerIdentity by, CancellationToken cancellationToken) =>
        ChangeAsync(name, by, isDisabled ? "AccountDisabled" : "AccountEnabled", string.Empty, (connection, transaction) =>
            connection.Execute("UPDATE account SET disabled = @isDisabled WHERE name = @name", new { name, isDisabled }, transaction), cancellationToken);

    /// <summary>One's own language; null for the browser's.</summary>
    public Task SetLanguageAsync(string name, string? language, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) => connection.Execute("UPDATE account SET language = @language WHERE name = @name", new { name, language }, transaction),
        cancellationToken);

    /// <summary>A change that ends the account's sessions: they were opened with what it had before.</summary>
    private Task ChangeAsync(
        string name, ManagerIdentity by, string action, string detail, Action<DbConnection, DbTransaction> change, CancellationToken cancellationToken) => database.WriteAsync(
        (connection, transaction) =>
        {
            if (connection.Execute("UPDATE account SET changed_at = @now WHERE name = @name", new { name, now = clock.StoredNow }, transaction) == 0)
                throw new ProvisioningException(ErrorCode.NotFound, $"There is no account {Printable.Shorten(name)}.");
            change(connection, transaction);
            if (connection.ExecuteScalar<int>("SELECT COUNT(*) FROM account WHERE role = 'Manager' AND disabled = 0", transaction: transaction) == 0)
                throw new ProvisioningException(ErrorCode.PreconditionFailed, $"{name} is the last manager who can sign in. Give somebody else the role first.");
            if (name != by.Name)
                ManagerSessions.EndAllOf(connection, transaction, name);
            audit.Append(connection, transaction, by.Actor, action, name, detail: detail);
        },
        cancellationToken);

    private static (string Password, PasswordHash Hash) MakePassword()
    {
        var password = string.Join('-', Enumerable.Range(0, Groups).Select(_ => RandomNumberGenerator.GetString(Alphabet, GroupLength)));
        var bytes = PasswordRules.BytesOf(password);
        var hash = PasswordHash.Create(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return (password, hash);
    }
}
