using System.Text;
using Dapper;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.Tests.CertificateAuthority.Operation;

/// <summary>What a meddler or a bad disk does to the files of a CA that is not running.</summary>
internal static class StoppedFiles
{
    private const int PageSize = 4096;

    /// <summary>Changes the database with SQL, as somebody who has its file can.</summary>
    public static void Execute(RunningAuthority ca, string sql, object? values = null) => With(ca, database =>
        database.WriteAsync((connection, transaction) => connection.Execute(sql, values, transaction), CancellationToken.None).GetAwaiter().GetResult());

    /// <summary>Asks the database.</summary>
    public static T Ask<T>(RunningAuthority ca, string sql) => With(ca, database => database.Read(connection => connection.ExecuteScalar<T>(sql)!));

    /// <summary>Turns one bit of the first place in the database file that has <paramref name="content"/>.</summary>
    public static void FlipContent(RunningAuthority ca, byte[] content) => Change(ca, content, (file, at) => file[at + (content.Length / 2)] ^= 1);

    /// <summary>Overwrites the beginning of the page that has <paramref name="content"/>.</summary>
    public static void SpoilPage(RunningAuthority ca, byte[] content) => Change(ca, content, (file, at) => file.AsSpan(at / PageSize * PageSize, 64).Fill(0xFF));

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static void Change(RunningAuthority ca, byte[] content, Action<byte[], int> change)
    {
        var path = Path.Combine(ca.Data, "certificate-authority.db");
        var file = File.ReadAllBytes(path);
        var at = file.AsSpan().IndexOf(content);
        Xunit.Assert.True(at > 0, "what should be spoiled is not in the file");
        change(file, at);
        File.WriteAllBytes(path, file);
    }

    private static T With<T>(RunningAuthority ca, Func<Database, T> act)
    {
        using var database = new Database(Path.Combine(ca.Data, "certificate-authority.db"), typeof(CertificateAuthorityApp).Assembly);
        return act(database);
    }
}
