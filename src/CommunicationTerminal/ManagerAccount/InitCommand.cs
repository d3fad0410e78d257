using System.Security.Cryptography;
using System.Text;
using Dapper;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>
/// <c>CommunicationTerminal init --config FILE --data DIR --manager-password-file FILE [--if-absent]</c>: makes the plant manager's account (P-2), or gives it the password in the
/// file's first line, which has to be replaced at the next sign-in; with <c>--if-absent</c> an account that is there is left alone. It can be repeated; the password itself is neither
/// stored nor shown.
/// </summary>
internal static class InitCommand
{
    private const string PasswordFile = "--manager-password-file";
    private const string IfAbsent = "--if-absent";
    private const string Account = "manager";
    private const int MinLength = 12;

    /// <summary>Runs the command.</summary>
    /// <exception cref="ConfigurationException">An argument, the configuration or the file is wrong.</exception>
    public static void Run(string[] args)
    {
        var ifAbsent = args.Contains(IfAbsent, StringComparer.Ordinal);
        args = [.. args.Where(argument => argument != IfAbsent)];
        var at = Array.IndexOf(args, PasswordFile);
        if (at < 0 || at + 1 == args.Length)
            throw new ConfigurationException($"Say where the manager's password is: {PasswordFile} FILE");
        var builder = ProgramHost.CreateBuilder([.. args[..at], .. args[(at + 2)..]]);
        var password = ReadPassword(args[at + 1]);
        try
        {
            using var database = CommunicationTerminalApp.OpenDatabase(builder);
            var clock = new FactoryClock(TimeProvider.System, Settings.Read<FactoryOptions>(builder.Configuration, "Factory"));
            var changed = SetAsync(database, password, ifAbsent, clock.StoredNow, CancellationToken.None).GetAwaiter().GetResult();
            Console.WriteLine(changed ? "The manager's account is set." : ifAbsent ? "The manager's account is there." : "The manager's account has this password already.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    /// <summary>Sets the password unless it is set already; says whether it changed anything.</summary>
    internal static async Task<bool> SetAsync(Database database, byte[] password, bool ifAbsent, string now, CancellationToken cancellationToken)
    {
        var known = database.Read(connection => connection.QuerySingleOrDefault<(byte[] Salt, byte[] Hash, long Iterations)?>(
            "SELECT salt, password_hash, iterations FROM account WHERE name = @Account",
            new { Account }));
        if (known is { } stored && (ifAbsent || new PasswordHash(stored.Salt, stored.Hash, (int)stored.Iterations).Matches(password)))
            return false;
        var hash = PasswordHash.Create(password);
        await database.WriteAsync(
            (connection, transaction) =>
            {
                var values = new { Account, Manager = nameof(AccountRole.Manager), hash.Salt, hash.Hash, hash.Iterations, now };
                connection.Execute("DELETE FROM manager_session WHERE account = @Account", values, transaction);
                SignInFailures.Forget(connection, transaction, Account);
                var changed = connection.Execute(
                    "UPDATE account SET role = @Manager, salt = @Salt, password_hash = @Hash, iterations = @Iterations, must_change = 1, disabled = 0, changed_at = @now WHERE name = @Account",
                    values,
                    transaction);
                if (changed > 0)
                    return;
                connection.Execute(
                    """
                    INSERT INTO account (name, role, salt, password_hash, iterations, must_change, disabled, created_at, changed_at)
                    VALUES (@Account, @Manager, @Salt, @Hash, @Iterations, 1, 0, @now, @now)
                    """,
                    values,
                    transaction);
            },
            cancellationToken);
        return true;
    }

    private static byte[] ReadPassword(string file)
    {
        try
        {
            var content = File.ReadAllBytes(file);
            var end = content.AsSpan().IndexOfAny((byte)'\r', (byte)'\n');
            var password = content.AsSpan(0, end < 0 ? content.Length : end).ToArray();
            CryptographicOperations.ZeroMemory(content);
            return Encoding.UTF8.GetCharCount(password) >= MinLength
                ? password
                : throw new ConfigurationException($"The password in {file} is too short: at least {MinLength} characters in its first line.");
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The password file {file} can't be read: {cause.Message}", cause);
        }
    }
}
