using System.Data.Common;
using Dapper;

namespace ProvisioningStation.CommunicationTerminal.ManagerAccount;

/// <summary>Somebody who may sign in at the terminal (P-2).</summary>
/// <param name="Name">As typed at the sign-in: lower-case letters, digits, dots, hyphens.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Password">As a hash.</param>
/// <param name="MustChange">The password was given by somebody else.</param>
/// <param name="Disabled">May not sign in any more.</param>
/// <param name="Language"><c>ja</c>, <c>en</c>, or null for the browser's.</param>
/// <param name="SignedInAt">The last time, as stored.</param>
internal sealed record Account(string Name, AccountRole Role, PasswordHash Password, bool MustChange, bool Disabled, string? Language, string? SignedInAt)
{
    private const string Columns = """
        name AS "Name", role AS "Role", salt AS "Salt", password_hash AS "Hash", iterations AS "Iterations", must_change AS "MustChange", disabled AS "Disabled",
        language AS "Language", signed_in_at AS "SignedInAt"
        """;

    private sealed record Row(string Name, string Role, byte[] Salt, byte[] Hash, long Iterations, long MustChange, long Disabled, string? Language, string? SignedInAt)
    {
        public Account ToAccount() =>
            new(Name, Enum.Parse<AccountRole>(Role), new PasswordHash(Salt, Hash, (int)Iterations), MustChange != 0, Disabled != 0, Language, SignedInAt);
    }

    /// <summary>The account of this name, null where there is none.</summary>
    public static Account? Find(DbConnection connection, DbTransaction? transaction, string name) =>
        connection.QuerySingleOrDefault<Row>($"SELECT {Columns} FROM account WHERE name = @name", new { name }, transaction)?.ToAccount();

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<Account> All(DbConnection connection) =>
        connection.Query<Row>($"SELECT {Columns} FROM account ORDER BY name").Select(row => row.ToAccount()).ToList();
}
