using System.Data.Common;
using System.Reflection;
using System.Security.Cryptography;
using Dapper;

namespace ProvisioningStation.Hosting.Storage;

/// <summary>Applies a program's numbered SQL files, each once and in order, each in its own transaction with the record that it was applied.</summary>
internal static class Migrations
{
    private const string Prefix = "migrations/";

    /// <summary>Brings the database up to date.</summary>
    /// <exception cref="ConfigurationException">An applied file was changed afterwards, or the database is newer than this program.</exception>
    public static void Apply(DbConnection connection, Assembly owner)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS applied_migration (name VARCHAR(200) NOT NULL PRIMARY KEY, sha256 CHAR(64) NOT NULL)");
        var applied = connection.Query<(string Name, string Sha256)>("SELECT name, sha256 FROM applied_migration").ToDictionary(row => row.Name, row => row.Sha256, StringComparer.Ordinal);
        var files = owner.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        foreach (var file in files)
        {
            var name = file[Prefix.Length..];
            var sql = Read(owner, file);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(sql)));
            if (applied.Remove(name, out var before))
            {
                if (before != sha256)
                    throw new ConfigurationException($"The migration {name} was changed after it had been applied to this database. Put it back and write a new one.");
                continue;
            }

            using var transaction = connection.BeginTransaction();
            connection.Execute(sql, transaction: transaction);
            connection.Execute("INSERT INTO applied_migration (name, sha256) VALUES (@name, @sha256)", new { name, sha256 }, transaction);
            transaction.Commit();
        }

        if (applied.Count > 0)
            throw new ConfigurationException($"This database was used by a newer version of the program: it has {string.Join(", ", applied.Keys)}. Start that version.");
    }

    private static string Read(Assembly owner, string resource)
    {
        using var reader = new StreamReader(owner.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
