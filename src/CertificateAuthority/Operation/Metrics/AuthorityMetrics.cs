using System.Diagnostics.Metrics;
using Dapper;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Operation.Backups;
using ProvisioningStation.CertificateAuthority.SigningKeys;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Metrics;
using ProvisioningStation.Hosting.Storage;

namespace ProvisioningStation.CertificateAuthority.Operation.Metrics;

/// <summary>What is measured of the CA. Everything is read when it is asked for, by index or from counters, so that the size of the store does not matter.</summary>
internal sealed class AuthorityMetrics
{
    private readonly Database _database;
    private readonly TimeProvider _time;

    public AuthorityMetrics(
        IMeterFactory meters, Database database, DataDirectory data, IssuedLedger ledger, SigningGate gate, Readiness readiness, IssuingCas issuers, BackupFiles backups, HealthState health, TimeProvider time)
    {
        _database = database;
        _time = time;
        var meter = meters.Create(MeterReadings.Prefix + "CertificateAuthority");
        var file = data.Resolve(CertificateAuthorityApp.DatabaseFile);
        meter.CreateObservableGauge("ca.signing.stopped", () => gate.Reason is null ? 0 : 1, null, "1 while nothing is signed until an administrator decides.");
        meter.CreateObservableGauge("ca.health.problems", () => health.Problems.Count + health.Jobs.Count(job => job.Value.Error is not null), null, "Conditions that do not hold and jobs that fail.");
        meter.CreateObservableGauge("ca.store.size", () => Sizes(file, ledger), "By", "Length of the files of the store.");
        meter.CreateObservableGauge("ca.disk.free", () => readiness.FreeSpace, "By", "Octets free where the data is.");
        meter.CreateObservableGauge("ca.process.memory", () => Environment.WorkingSet, "By", "Physical memory of the process.");
        meter.CreateObservableCounter("ca.audit.entries", () => Ask("SELECT COALESCE(MAX(sequence), 0) FROM audit_event"), null, "Entries of the audit trail.");
        meter.CreateObservableGauge("ca.audit.unsigned", () => Ask("SELECT (SELECT COALESCE(MAX(sequence), 0) FROM audit_event) - (SELECT COALESCE(MAX(sequence), 0) FROM audit_checkpoint)"), null, "Entries behind the last checkpoint.");
        meter.CreateObservableGauge("ca.keys.held", () => Ask("SELECT COALESCE(SUM(certificate_count), 0) FROM issuance_request WHERE acknowledged_at IS NULL AND expired_at IS NULL AND kind IN ('Issue', 'Reissue')"), null, "Certificates of which the private keys wait for an acknowledgement.");
        meter.CreateObservableCounter("ca.certificates", Counters, null, "What happened to certificates, by event, factory and model.");
        meter.CreateObservableGauge("ca.quota.left", () => Rows("SELECT factory, model, CAST(SUM(amount - used) AS REAL) FROM quota WHERE state = 'Approved' AND starts_on <= @today AND ends_on >= @today GROUP BY factory, model", "factory", "model"), null, "What approved quotas leave today.");
        meter.CreateObservableGauge("ca.key_pool.keys", () => Rows("SELECT algorithm, algorithm, CAST(COUNT(*) AS REAL) FROM pooled_key GROUP BY algorithm", "algorithm", "algorithm"), null, "Keys made in idle time.");
        meter.CreateObservableGauge("ca.crl.age", () => Ages("SELECT issuer, MAX(this_update) FROM crl GROUP BY issuer"), "s", "Time since the latest CRL of a generation.");
        meter.CreateObservableGauge("ca.issuer.remaining", () => issuers.All.Select(issuer => new Measurement<double>((issuer.NotAfter - time.GetUtcNow()).TotalSeconds, Label("issuer", issuer.Number))), "s", "Time until a generation of the issuing CA ends.");
        meter.CreateObservableGauge("ca.backup.age", () => backups.List().Take(1).Select(backup => new Measurement<double>((time.GetUtcNow() - backup.MadeAt).TotalSeconds)), "s", "Time since the latest backup.");
    }

    private static IEnumerable<Measurement<long>> Sizes(string file, IssuedLedger ledger) =>
    [
        new(Length(file), Label("file", "database")),
        new(Length(file + "-wal"), Label("file", "log")),
        new(ledger.Length, Label("file", "ledger")),
    ];

    private static long Length(string file) => new FileInfo(file) is { Exists: true, Length: var length } ? length : 0;

    private static KeyValuePair<string, object?> Label(string name, object value) => new(name, value);

    private long Ask(string sql) => _database.Read(connection => connection.ExecuteScalar<long>(sql));

    private IEnumerable<Measurement<double>> Counters() => _database.Read(connection =>
        connection.Query<(string Event, string Factory, string Model, double Amount)>("SELECT event, factory, model, CAST(SUM(amount) AS REAL) FROM issuance_counter GROUP BY event, factory, model")
            .Select(row => new Measurement<double>(row.Amount, Label("event", row.Event), Label("factory", row.Factory), Label("model", row.Model)))
            .ToList());

    private List<Measurement<double>> Rows(string sql, string first, string second) => _database.Read(connection =>
        connection.Query<(string First, string Second, double Value)>(sql, new { today = UtcText.DayOf(_time.GetUtcNow()) })
            .Select(row => new Measurement<double>(row.Value, Label(first, row.First), Label(second, row.Second)))
            .ToList());

    private List<Measurement<double>> Ages(string sql) => _database.Read(connection =>
        connection.Query<(long Issuer, string At)>(sql).Select(row => new Measurement<double>((_time.GetUtcNow() - UtcText.Parse(row.At)).TotalSeconds, Label("issuer", row.Issuer))).ToList());
}
