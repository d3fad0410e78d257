using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Operation.Backups;

/// <summary>
/// Copies the database while the service goes on, each copy with a manifest that says what it is and what it knows. A copy without its manifest was broken off and is no backup.
/// </summary>
internal sealed class BackupFiles(Database database, IssuedLedger ledger, AuditTrail audit, BackupOptions options, DataDirectory data, TimeProvider time) : IDisposable
{
    private const string Prefix = "certificate-authority-";
    private const string Partial = ".part";
    private const string ManifestEnd = ".json";

    private readonly SemaphoreSlim _making = new(1, 1);

    private string Folder => data.Resolve(options.Directory);

    /// <summary>Makes a backup and deletes those that are too many.</summary>
    public async Task<BackupSummary> MakeAsync(string actor, CancellationToken cancellationToken)
    {
        await _making.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            DataDirectory.Open(Folder);
            var file = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{now:yyyyMMdd'T'HHmmssfff'Z'}.db"));
            var ledgerLength = ledger.Length;
            try
            {
                var summary = Copy(file, now, ledgerLength);
                DurableFile.Write(file + ManifestEnd, JsonSerializer.SerializeToUtf8Bytes(summary, JsonForm.Options));
                await audit.AppendAsync(actor, "BackupMade", summary.File, "Done", $$"""{"sha256":"{{summary.Sha256}}","auditSequence":{{summary.AuditSequence}}}""", cancellationToken);
                Prune();
                return summary;
            }
            finally
            {
                foreach (var leftover in Directory.GetFiles(Folder, Path.GetFileName(file) + Partial + "*"))
                    File.Delete(leftover);
            }
        }
        finally
        {
            _making.Release();
        }
    }

    /// <summary>The backups, the latest first.</summary>
    public IReadOnlyList<BackupSummary> List() => !Directory.Exists(Folder)
        ? []
        : [.. Manifests().Select(manifest => Read(manifest[..^ManifestEnd.Length]))];

    /// <summary>The manifest of a backup.</summary>
    /// <exception cref="ConfigurationException">It is missing or unreadable.</exception>
    public static BackupSummary Read(string file)
    {
        if (!File.Exists(file) || !File.Exists(file + ManifestEnd))
            throw new ConfigurationException($"{file} is no backup: it and its manifest {Path.GetFileName(file)}{ManifestEnd} have to be there.");
        try
        {
            return JsonSerializer.Deserialize<BackupSummary>(File.ReadAllBytes(file + ManifestEnd), JsonForm.Options) ?? throw new JsonException("it is empty");
        }
        catch (JsonException cause)
        {
            throw new ConfigurationException($"The manifest {file}{ManifestEnd} can't be read: {cause.Message}", cause);
        }
    }

    /// <summary>SHA-256 over a file.</summary>
    public static string Sha256(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    public void Dispose() => _making.Dispose();

    private BackupSummary Copy(string file, DateTimeOffset now, long ledgerLength)
    {
        var part = file + Partial;
        database.CopyTo(part);
        (string Check, long Sequence, string Hash, long Certificates) found;
        using (var copy = new Database(part, typeof(BackupFiles).Assembly))
        {
            found = copy.Read(connection =>
            {
                var end = AuditReader.Last(connection);
                return (connection.QueryFirst<string>("PRAGMA quick_check(1)"), end.Sequence, end.Hash, connection.ExecuteScalar<long>("SELECT COALESCE(MAX(id), 0) FROM certificate"));
            });
        }

        if (found.Check != "ok")
            throw new InvalidDataException($"The copy of the database is damaged: {found.Check}");
        var summary = new BackupSummary(Path.GetFileName(file), now, new FileInfo(part).Length, Sha256(part), found.Sequence, found.Hash, ledgerLength, found.Certificates);
        File.Move(part, file);
        DurableFile.SyncDirectory(Folder);
        return summary;
    }

    private void Prune()
    {
        foreach (var manifest in Manifests().Skip(options.Keep).ToList())
        {
            File.Delete(manifest);
            File.Delete(manifest[..^ManifestEnd.Length]);
        }
    }

    /// <summary>The names begin with the time, so that their order is that of the backups.</summary>
    private IEnumerable<string> Manifests() => Directory.GetFiles(Folder, Prefix + "*.db" + ManifestEnd).OrderDescending(StringComparer.Ordinal);
}
