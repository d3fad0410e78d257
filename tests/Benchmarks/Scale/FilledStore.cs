using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ProvisioningStation.CertificateAuthority;
using ProvisioningStation.CertificateAuthority.Issuance;
using ProvisioningStation.CertificateAuthority.Ledger;
using ProvisioningStation.CertificateAuthority.Operation;
using ProvisioningStation.CertificateAuthority.Operation.Integrity;
using ProvisioningStation.Hosting.Audit;
using ProvisioningStation.Factory;
using ProvisioningStation.Hosting.Storage;
using ProvisioningStation.Protocol;

namespace ProvisioningStation.Benchmarks.Scale;

/// <summary>Fills the store of a CA that has been set up and is not running, and lets the service's own whole check read all of it.</summary>
internal static class FilledStore
{
    /// <returns>Serial numbers from all over the store.</returns>
    /// <exception cref="InvalidOperationException">The service would stop signing over such a store: then nothing measured on it is worth anything.</exception>
    public static async Task<IReadOnlyList<string>> FillAsync(FactoryLayout layout, long rows, Figures figures, CancellationToken cancellationToken)
    {
        await using var app = CertificateAuthorityApp.Build(["--config", layout.ConfigurationFile("certificate-authority"), "--data", layout.CertificateAuthority, "--Log:Level=Warning"]);
        var services = app.Services;
        var (database, ledger) = (services.GetRequiredService<Database>(), services.GetRequiredService<IssuedLedger>());
        var profile = services.GetRequiredService<CertificateProfiles>().Of(ModelCode.Parse("3012"));
        var started = Stopwatch.GetTimestamp();
        var sample = await database.WriteAsync(
            (connection, transaction) =>
            {
                using var filling = new StoreFilling(connection, transaction, ledger, profile, TimeProvider.System.GetUtcNow());
                filling.Fill(rows);
                return filling.Sample;
            },
            cancellationToken);
        await services.GetRequiredService<CheckpointBook>().MakeAsync(cancellationToken);
        Console.WriteLine($"{rows:N0} certificates stored in {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s.");
        started = Stopwatch.GetTimestamp();
        await services.GetRequiredService<StoreCheck>().RunAsync(load: 100, cancellationToken);
        figures.Add("store_check_seconds", Stopwatch.GetElapsedTime(started).TotalSeconds, "s", $"the whole check of {rows:N0} rows at full load; the service takes ten times as long, in the background");
        if (services.GetRequiredService<SigningGate>().Reason is { } reason)
            throw new InvalidOperationException($"The filled store is not sound: {reason}");
        return sample;
    }
}
