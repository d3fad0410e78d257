using System.Diagnostics;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.Benchmarks.Scale;
using ProvisioningStation.CommunicationTerminal;
using ProvisioningStation.CommunicationTerminal.CertificateStore;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Hosting.Tls;
using ProvisioningStation.Protocol;
using ProvisioningStation.Protocol.CommunicationTerminal;

namespace ProvisioningStation.Benchmarks.Terminal;

/// <summary>
/// The store of a terminal that has been working for a year, in one transaction: proved units of past days, their keys purged, and today's packs in store. All share one certificate, which
/// nothing here verifies; the keys of today's are wrapped as the terminal wraps them.
/// </summary>
internal static class FilledTerminal
{
    /// <summary>The model of today's packs.</summary>
    public const string Model = "A123";

    private const int UnitsPerModel = 900_000;

    private static readonly string[] PastModels = ["4100", "4200", "4300", "4400"];

    /// <summary>Stores <paramref name="rows"/> units, of which <paramref name="today"/> are today's.</summary>
    /// <returns>Today's machine numbers.</returns>
    public static async Task<IReadOnlyList<MachineNumber>> FillAsync(FactoryLayout layout, int rows, int today, CancellationToken cancellationToken)
    {
        await using var app = CommunicationTerminalApp.Build(["--config", layout.ConfigurationFile("communication-terminal"), "--data", layout.CommunicationTerminal, "--Log:Level=Warning"]);
        var (database, protection, clock) = (app.Services.GetRequiredService<Database>(), app.Services.GetRequiredService<KeyProtection>(), app.Services.GetRequiredService<FactoryClock>());
        using var identity = TlsIdentity.Load(new TlsOptions(), new DataDirectory(layout.CommunicationTerminal));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (privateKey, certificate, now) = (key.ExportPkcs8PrivateKey(), identity.Context.TargetCertificate.RawData, clock.StoredNow);
        var numbers = Enumerable.Range(100_001, today).Select(serial => new MachineNumber(ModelCode.Parse(Model), serial)).ToList();
        var started = Stopwatch.GetTimestamp();
        await database.WriteAsync(
            (connection, transaction) =>
            {
                connection.Execute("INSERT INTO chain (chain_id, sha256, root) VALUES (1, 'benchmark', @root)", new { root = identity.Root.RawData }, transaction);
                connection.Execute(
                    "INSERT INTO chain_issuing (chain_id, position, certificate) VALUES (1, 0, @issuing)",
                    new { issuing = identity.Context.IntermediateCertificates[0].RawData },
                    transaction);
                // What the terminal's own sweep would find: nothing to be purged, for an earlier run of it has been over all of them.
                connection.Execute("INSERT INTO terminal_fact (name, value) VALUES ('after-proof', @setting)", new { setting = nameof(AfterProof.PurgeKey) }, transaction);
                using var units = new BulkRows(
                    connection, transaction, "unit", "machine_number", "model", "plan_date", "at_scan", "state", "attempt", "line", "stored_at", "written_at", "proved_at", "firmware_version");
                using var certificates = new BulkRows(
                    connection, transaction, "certificate", "machine_number", "attempt", "chain_id", "fingerprint", "certificate", "wrapped_key", "stored_at", "outcome", "serial_number");
                using var events = new BulkRows(connection, transaction, "unit_event", "machine_number", "at", "what", "who", "line", "attempt", "detail");
                for (var i = 0; i < rows - today; i++)
                {
                    var number = new MachineNumber(ModelCode.Parse(PastModels[i / UnitsPerModel]), i % UnitsPerModel).ToString();
                    var day = FactoryClock.Stored(clock.Today.AddDays(-1 - (int)(i * 250L / rows)));
                    var line = (2001 + (i % 32)).ToString(System.Globalization.CultureInfo.InvariantCulture);
                    units.Add(number, number[..4], day, 0, nameof(UnitState.Proved), 1, line, now, now, now, "1.0.0");
                    certificates.Add(number, 1, 1, Fingerprint(i), certificate, null, now, StoredCertificate.Succeeded, Serial(i));
                    events.Add(number, now, nameof(UnitEvent.Proved), $"station {line}", line, 1, null);
                }

                var date = FactoryClock.Stored(clock.Today);
                for (var i = 0; i < today; i++)
                {
                    var number = numbers[i].ToString();
                    units.Add(number, Model, date, 0, nameof(UnitState.Stored), 1, null, now, null, null, null);
                    certificates.Add(number, 1, 1, Fingerprint(rows + i), certificate, protection.Wrap(privateKey, number), now, null, Serial(rows + i));
                    events.Add(number, now, nameof(UnitEvent.Stored), "terminal", null, 1, null);
                }
            },
            cancellationToken);
        Console.WriteLine($"{rows:N0} units stored in {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s.");
        return numbers;
    }

    private static string Fingerprint(int i) => Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(i)));

    private static string Serial(int i) => "41" + i.ToString("x38", System.Globalization.CultureInfo.InvariantCulture);
}
