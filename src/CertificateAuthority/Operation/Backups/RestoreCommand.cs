using System.Globalization;
using System.Text.Json;
using Dapper;
using ProvisioningStation.CertificateAuthority.Audit;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Operation.Integrity;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol.Audit;
using ProvisioningStation.Protocol.CertificateAuthority.Administration;

namespace ProvisioningStation.CertificateAuthority.Operation.Backups;

/// <summary>
/// <c>restore --config FILE --data DIR --from BACKUP</c>: puts a backup in the place of the database while the service is not running, after the ledger has told it what happened since.
/// A kill anywhere before the last step leaves the database as it was; signing stays stopped until an administrator has read the report.
/// </summary>
internal static class RestoreCommand
{
    private const string FromArgument = "--from";
    private const int PageSize = 1000;

    public static void Run(string[] args)
    {
        var at = Array.IndexOf(args, FromArgument);
        if (at < 0 || at + 1 >= args.Length)
            throw new ConfigurationException("Say which backup: restore --config FILE --data DIR --from BACKUP.db");
        var from = Path.GetFullPath(args[at + 1]);
        var builder = ProgramHost.CreateBuilder([.. args[..at], .. args[(at + 2)..]]);
        var data = new DataDirectory(builder.Environment.ContentRootPath);
        var integrity = Settings.Read<IntegrityOptions>(builder.Configuration, "Integrity");
        using var identity = TlsIdentity.Load(Settings.Read<TlsOptions>(builder.Configuration, "Tls"), data);
        var files = new AuthorityFiles(data, Settings.Read<SigningKeyOptions>(builder.Configuration, "SigningKeys"));
        var report = RestoreAsync(data, from, files, identity, integrity, TimeProvider.System).GetAwaiter().GetResult();
        Console.WriteLine(Describe(report));
    }

    private static async Task<RestoreReport> RestoreAsync(DataDirectory data, string from, AuthorityFiles files, TlsIdentity identity, IntegrityOptions integrity, TimeProvider time)
    {
        var place = data.Resolve(CertificateAuthorityApp.DatabaseFile);
        var now = time.GetUtcNow();
        var stamp = string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMdd'T'HHmmssfff'Z'}");

        // 1. Nobody else works on this data, the backup is what its manifest says, and it is this CA's.
        using var held = Database.Hold(place);
        var backup = BackupFiles.Read(from);
        if (BackupFiles.Sha256(from) != backup.Sha256)
            throw new ConfigurationException($"{from} is not what its manifest says: its SHA-256 is another one. Take another backup.");
        var working = place + ".restoring";
        Remove(working);
        File.Copy(from, working);
        using (var database = new Database(working, typeof(RestoreCommand).Assembly))
            RequireOfThisCa(database, files, from);

        // 2. Nothing is signed from here on until an administrator has decided.
        var gate = new SigningGate(data, new HealthState(time), new ClockGuard(data, new HealthState(time), time, integrity));
        gate.Stop($"The database was restored from {backup.File} on {now:yyyy-MM-dd HH:mm:ss} UTC. Read restore-{stamp}.json, and put right what it could not.", "restored-" + stamp);

        // 3. The copy learns what happened since.
        var report = new RestoreReport { Backup = backup, RestoredAt = now };
        using (var ledger = new IssuedLedger(data.Resolve(CertificateAuthorityApp.LedgerFile)))
        using (var database = new Database(working, typeof(RestoreCommand).Assembly))
        {
            database.WriteEnded = ledger.Settle;
            report.Findings = CheckTrail(new AuditReader(database), backup);
            await database.WriteAsync((connection, transaction) => new LedgerReconciliation(connection, transaction, report, UtcText.Of(now)).Run(ledger.Path), CancellationToken.None);
            await new AuditTrail(database, time).AppendAsync(
                AuditTrail.Itself,
                "Restored",
                backup.File,
                AuditEvent.Done,
                $$"""{"certificates":{{report.Certificates}},"ended":{{report.Ended}},"acknowledged":{{report.Acknowledged}},"auditSequence":{{backup.AuditSequence}}}""",
                CancellationToken.None);
            await new CheckpointBook(database, identity, time, LedgerCheckpoints.Of(ledger, null)).MakeAsync(CancellationToken.None);
        }

        // 4. It takes the place of the database, which is kept.
        report.EarlierDatabase = MoveAway(place, $"{place}.before-restore-{stamp}");
        DurableFile.Write(data.Resolve($"restore-{stamp}.json"), JsonSerializer.SerializeToUtf8Bytes(report, JsonForm.Options));
        File.Move(working, place);
        DurableFile.SyncDirectory(Path.GetDirectoryName(place)!);
        Remove(working);
        return report;
    }

    /// <summary>Another CA's database would be given this one's ledger, and no service could start with it.</summary>
    private static void RequireOfThisCa(Database database, AuthorityFiles files, string from)
    {
        var issuers = database.Read(connection => connection.Query<(int Number, byte[] Certificate)>("SELECT number, certificate FROM issuing_ca").AsList());
        foreach (var (number, certificate) in issuers)
        {
            using var present = files.Generations(AuthorityFiles.Devices).SingleOrDefault(generation => generation.Number == number)?.Files.Load();
            if (present is null || !present.RawDataMemory.Span.SequenceEqual(certificate))
                throw new ConfigurationException($"{from} is a backup of another CA: its generation {number} of the issuing CA for devices is not the one here. Nothing was restored.");
        }
    }

    private static IReadOnlyList<string> CheckTrail(AuditReader reader, BackupSummary backup)
    {
        var chain = new AuditChain(null, new AuditAnchor(backup.AuditSequence, backup.AuditHash, "the backup's manifest"));
        for (var page = reader.ReadBehind(0, PageSize); page.Count > 0; page = reader.ReadBehind(chain.Sequence, PageSize))
        {
            foreach (var entry in page)
                chain.Read(entry);
        }

        chain.End();
        return [.. chain.Findings.Select(finding => finding.Sentence)];
    }

    private static string? MoveAway(string place, string kept)
    {
        foreach (var end in new[] { "-wal", "-shm", string.Empty })
        {
            if (File.Exists(place + end))
                File.Move(place + end, kept + end);
        }

        return File.Exists(kept) ? kept : null;
    }

    private static void Remove(string database)
    {
        foreach (var end in new[] { string.Empty, "-wal", "-shm", ".lock" })
            File.Delete(database + end);
    }

    private static string Describe(RestoreReport report) => string.Join('\n', (string[])
    [
        $"restored  {report.Backup.File}, made {report.Backup.MadeAt:yyyy-MM-dd HH:mm:ss} UTC",
        $"since then {report.Requests} requests with {report.Certificates} certificates: known again, without their content and keys ({report.NeverCarriedOut} never carried out)",
        $"ended again {report.Ended} certificates; acknowledged again {report.Acknowledged} requests; dropped {report.PooledKeysDropped} pooled keys",
        .. report.Uncharged.Select(quota => $"charge by hand  {quota.Key}: {quota.Value} certificates that no quota of the backup covers"),
        .. report.Findings.Select(finding => "found  " + finding),
        .. report.EarlierDatabase is { } earlier ? (string[])[$"kept  the database that was there: {earlier}"] : [],
        "Signing is stopped. Start the service, look at the report, then: stationctl ca signing resume --note TEXT",
    ]);
}
