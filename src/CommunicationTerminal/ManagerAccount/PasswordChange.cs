using System.Security.Cryptography;
using Dapper;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>Replaces one's own password; every other browser of the account is signed out by it.</summary>
internal sealed class PasswordChange(Database database, SignIn signIn, AccountOptions options, AuditTrail audit, FactoryClock clock)
{
    /// <summary>What keeps the change from being made: the answer for a wrong current password, or the fault of the new one. Both null where it is made.</summary>
    public async Task<(SignInAnswer? Refused, PasswordFault? Fault)> TryAsync(string name, string current, string replacement, CancellationToken cancellationToken)
    {
        var answer = await signIn.TryAsync(name, current, cancellationToken);
        if (answer.Account is not { } account)
            return (answer, null);
        if (PasswordRules.FindFault(replacement, name, account.Password, options) is { } fault)
            return (null, fault);
        var bytes = PasswordRules.BytesOf(replacement);
        var hash = PasswordHash.Create(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        await database.WriteAsync(
            (connection, transaction) =>
            {
                connection.Execute(
                    "UPDATE account SET salt = @Salt, password_hash = @Hash, iterations = @Iterations, must_change = 0, changed_at = @now WHERE name = @name",
                    new { name, hash.Salt, hash.Hash, hash.Iterations, now = clock.StoredNow },
                    transaction);
                connection.Execute("DELETE FROM manager_session WHERE account = @name", new { name }, transaction);
                audit.Append(connection, transaction, $"{account.Role} {name}", "PasswordChanged", name);
            },
            cancellationToken);
        return (null, null);
    }
}
